import copy

import torch
from torch import nn


class Merged(nn.Module):
    def __init__(self, convs):
        super().__init__()
        self.widths = [conv.weight.shape[0] for conv in convs]
        self.wide = copy.deepcopy(convs[0])
        self.wide.out_channels = sum(self.widths)
        self.wide.weight = nn.Parameter(torch.cat([conv.weight for conv in convs]))
        self.wide.bias = None
        if any(conv.bias is not None for conv in convs):
            parts = [conv.weight.new_zeros(len(conv.weight)) if conv.bias is None else conv.bias for conv in convs]
            self.wide.bias = nn.Parameter(torch.cat(parts))

    def forward(self, x):
        return torch.split(self.wide(x), self.widths, dim=1)


def merge_parallel_convs(convs):
    return Merged(convs)
