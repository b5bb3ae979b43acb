import copy

import torch
from torch import nn


def fuse_transposed_conv_bn(conv, bn):
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    bias = 0 if conv.bias is None else conv.bias
    fused = copy.deepcopy(conv)
    fused.weight = nn.Parameter(conv.weight * scale[None, :, None, None])
    fused.bias = nn.Parameter(bn.bias + (bias - bn.running_mean) * scale)
    return fused
