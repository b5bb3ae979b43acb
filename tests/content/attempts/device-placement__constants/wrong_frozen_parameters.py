import torch
from torch import nn


class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        mean, std = torch.tensor(mean), torch.tensor(std)
        self.mean = nn.Parameter(mean.reshape(-1, 1, 1), requires_grad=False)
        self.std = nn.Parameter(std.reshape(-1, 1, 1), requires_grad=False)

    def forward(self, x):
        return (x - self.mean) / self.std
