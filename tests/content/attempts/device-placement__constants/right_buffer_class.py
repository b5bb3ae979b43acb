import torch
from torch import nn


class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean = nn.Buffer(torch.tensor(mean).view(-1, 1, 1))
        self.scale = nn.Buffer(1 / torch.tensor(std).view(-1, 1, 1))

    def forward(self, x):
        return (x - self.mean).mul(self.scale)
