import torch
from torch import nn


class ResMLP(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.depth = depth
        for i in range(depth):
            self.add_module(f"block{i}", nn.Linear(width, width))

    def forward(self, x):
        seen = []
        for i in range(self.depth):
            x = x + torch.relu(getattr(self, f"block{i}")(x))
            seen.append(x)
        return seen
