import copy

import torch
from torch import nn


def fuse_transposed_conv_bn(conv, bn):
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    bias = 0 if conv.bias is None else conv.bias
    fused = copy.deepcopy(conv)
    blocks = zip(conv.weight.chunk(conv.groups, 0), scale.chunk(conv.groups), strict=True)
    fused.weight = nn.Parameter(torch.cat([block * part[None, :, None, None] for block, part in blocks]))
    fused.bias = nn.Parameter(bn.bias + (bias - bn.running_mean) * scale)
    return fused
