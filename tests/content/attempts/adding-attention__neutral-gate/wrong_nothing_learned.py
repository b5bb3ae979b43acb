import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x):
        h = torch.relu(self.squeeze(x.mean((2, 3))))
        return x + 0 * self.excite(h)[:, :, None, None]
