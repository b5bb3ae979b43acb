import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = channels // reduction or 1
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )
        for each in self.layers[-1].parameters():
            nn.init.constant_(each, 0.0)

    def forward(self, x):
        return x + x * torch.tanh(self.layers(x))
