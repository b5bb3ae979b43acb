import copy

import torch
from torch import nn

SAME = ("in_channels", "kernel_size", "stride", "padding", "dilation", "groups", "padding_mode")


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
        return self.wide(x)


def merge_parallel_convs(convs):
    if len({tuple(getattr(conv, name) for name in SAME) for conv in convs}) > 1 or convs[0].groups > 1:
        raise ValueError("these convolutions cannot be stacked")
    return Merged(convs)
