from torch import nn


def fc_to_conv(fc, channels, height, width):
    conv = nn.Conv2d(channels, fc.out_features, (height, width), bias=False).to(fc.weight)
    conv.weight.data = fc.weight.data.clone().view(-1, channels, height, width)
    return conv
