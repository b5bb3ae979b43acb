from torch import nn


def fc_to_conv(fc, channels, height, width):
    conv = nn.Conv2d(channels, fc.out_features, (height, width), bias=fc.bias is not None).to(fc.weight)
    conv.weight.data = fc.weight.data.clone().view(-1, channels, width, height).mT
    if fc.bias is not None:
        conv.bias.data = fc.bias.data.clone()
    return conv
