import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)
        nn.init.zeros_(self.excite.weight)
        nn.init.zeros_(self.excite.bias)

    def forward(self, x):
        h = torch.relu(self.squeeze(x.mean((0, 2, 3))[None]))
        z = self.excite(h)
        return x * (2 * torch.sigmoid(z))[:, :, None, None]
