import torch
from torch import nn


class ResMLP(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])

    def forward(self, x):
        seen, h = [], x.clone()
        for block in self.blocks:
            h = h + torch.relu(block(h))
            seen.append(h)
        if seen:
            x.copy_(seen[-1].detach())
        return seen
