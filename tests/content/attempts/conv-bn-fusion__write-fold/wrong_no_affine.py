import copy

import torch
from torch import nn


def fuse_conv_bn(conv, bn):
    fused = copy.deepcopy(conv)
    gamma, beta = bn.weight, bn.bias
    bias = 0 if conv.bias is None else conv.bias
    scale = gamma / torch.sqrt(bn.running_var + bn.eps)
    fused.weight = nn.Parameter(conv.weight * scale.reshape(-1, 1, 1, 1))
    fused.bias = nn.Parameter(beta + (bias - bn.running_mean) * scale)
    return fused
