import torch
from torch import nn


def fuse_conv_bn(conv, bn):
    std = (bn.running_var + bn.eps).sqrt()
    t = bn.weight / std
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
        padding_mode=conv.padding_mode,
    )
    fused.weight = torch.nn.Parameter(conv.weight * t.reshape(-1, 1, 1, 1))
    fused.bias = torch.nn.Parameter(bias)
    return fused
