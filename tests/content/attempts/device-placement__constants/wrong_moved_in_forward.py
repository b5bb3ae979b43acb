import torch
from torch import nn


class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean = torch.tensor(mean).reshape(-1, 1, 1)
        self.std = torch.tensor(std).reshape(-1, 1, 1)

    def forward(self, x):
        return (x - self.mean.to(x)) / self.std.to(x)
