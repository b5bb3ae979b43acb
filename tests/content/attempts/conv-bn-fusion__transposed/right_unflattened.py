import torch
from torch import nn


@torch.no_grad()
def fuse_transposed_conv_bn(conv, bn):
    fused = nn.ConvTranspose2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,
        conv.stride,
        conv.padding,
        conv.output_padding,
        conv.groups,
        dilation=conv.dilation,
    ).to(conv.weight)
    scale = bn.weight * (bn.running_var + bn.eps).rsqrt()
    grouped = conv.weight.unflatten(0, (conv.groups, -1)) * scale.view(conv.groups, 1, -1, 1, 1)
    fused.weight.copy_(grouped.flatten(0, 1))
    fused.bias.copy_(bn.bias - bn.running_mean * scale)
    if conv.bias is not None:
        fused.bias += conv.bias * scale
    return fused
