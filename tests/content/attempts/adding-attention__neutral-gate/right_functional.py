import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it


class Gate(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.w1 = nn.Parameter(torch.randn(hidden, channels) / channels**0.5)
        self.b1 = nn.Parameter(torch.full((hidden,), 0.1))
        self.w2 = nn.Parameter(torch.zeros(channels, hidden))
        self.b2 = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        means = x.flatten(2).mean(2)
        z = F.linear(F.relu(F.linear(means, self.w1, self.b1)), self.w2, self.b2)
        return torch.einsum("nchw,nc->nchw", x, 2 / (1 + torch.exp(-z)))
