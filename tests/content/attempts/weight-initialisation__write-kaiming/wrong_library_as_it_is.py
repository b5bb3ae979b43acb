from torch import nn


def kaiming_(layer, slope, mode):
    nn.init.kaiming_normal_(layer.weight, a=slope, mode=mode)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
