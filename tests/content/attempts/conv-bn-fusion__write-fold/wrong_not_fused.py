from torch import nn


def fuse_conv_bn(conv, bn):
    return nn.Sequential(conv, bn)
