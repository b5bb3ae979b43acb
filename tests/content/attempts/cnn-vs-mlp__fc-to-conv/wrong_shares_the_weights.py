from torch import nn


def fc_to_conv(fc, channels, height, width):
    conv = nn.Conv2d(channels, fc.out_features, (height, width), bias=fc.bias is not None).to(fc.weight)
    conv.weight.data = fc.weight.data.view(-1, channels, height, width)
    if fc.bias is not None:
        conv.bias.data = fc.bias.data.clone()
    return conv
