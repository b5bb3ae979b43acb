import torch
from torch import nn


def fuse_conv_bn(conv, bn):
    fused = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,
        stride=conv.stride,
        padding=conv.padding,
        dilation=conv.dilation,
        groups=conv.groups,
        padding_mode=conv.padding_mode,
        bias=True,
        device=conv.weight.device,
        dtype=conv.weight.dtype,
    )
    std = (bn.running_var + bn.eps).sqrt()
    gamma = torch.ones_like(std) if bn.weight is None else bn.weight
    beta = torch.zeros_like(std) if bn.bias is None else bn.bias
    old_bias = torch.zeros_like(std) if conv.bias is None else conv.bias
    with torch.no_grad():
        fused.weight.copy_(conv.weight * (gamma / std)[:, None, None, None])
        fused.bias.copy_((old_bias - bn.running_mean) / std * gamma + beta)
    return fused.eval()
