import torch
from torch import nn


class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x):
        mean = torch.tensor(self.mean, device=x.device, dtype=x.dtype)
        std = torch.tensor(self.std, device=x.device, dtype=x.dtype)
        return (x - mean[:, None, None]) / std[:, None, None]
