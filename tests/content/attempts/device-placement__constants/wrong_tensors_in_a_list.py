import torch
from torch import nn


class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.constants = [torch.tensor(each).reshape(-1, 1, 1) for each in (mean, std)]

    def forward(self, x):
        mean, std = self.constants
        return (x - mean) / std
