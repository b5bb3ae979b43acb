import torch
from torch import nn


@torch.no_grad()
def fc_to_conv(fc, channels, height, width):
    conv = nn.Conv2d(channels, fc.out_features, (height, width), bias=fc.bias is not None)
    conv = conv.to(device=fc.weight.device, dtype=fc.weight.dtype)
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                conv.weight[:, c, i, j] = fc.weight[:, (c * height + i) * width + j]
    if fc.bias is not None:
        conv.bias.copy_(fc.bias)
    return conv
