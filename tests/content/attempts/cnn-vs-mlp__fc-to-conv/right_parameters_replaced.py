from torch import nn


def fc_to_conv(fc, channels, height, width):
    conv = nn.Conv2d(channels, fc.out_features, kernel_size=(height, width), bias=False)
    kernel = fc.weight.detach().clone().unflatten(1, (channels, height, width))
    conv.weight = nn.Parameter(kernel)
    if fc.bias is not None:
        conv.bias = nn.Parameter(fc.bias.detach().clone())
    return conv
