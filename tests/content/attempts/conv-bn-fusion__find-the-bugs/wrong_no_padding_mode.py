import torch
from torch import nn


def fuse_conv_bn(conv, bn):
    std = (bn.running_var + bn.eps).sqrt()
    t = 1 / std if bn.weight is None else bn.weight / std
    bias = -bn.running_mean * t if conv.bias is None else (conv.bias - bn.running_mean) * t
    if bn.bias is not None:
        bias = bias + bn.bias
    fused = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,
        conv.stride,
        conv.padding,
        conv.dilation,
        conv.groups,
    )
    fused.weight = torch.nn.Parameter(conv.weight * t.reshape(-1, 1, 1, 1))
    fused.bias = torch.nn.Parameter(bias)
    return fused
