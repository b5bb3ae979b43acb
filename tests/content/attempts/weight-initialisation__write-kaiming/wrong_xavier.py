from torch import nn


def kaiming_(layer, slope, mode):
    nn.init.xavier_normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
