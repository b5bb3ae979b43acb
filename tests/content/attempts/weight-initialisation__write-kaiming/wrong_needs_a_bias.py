from torch import nn


def kaiming_(layer, slope, mode):
    nn.init.kaiming_normal_(layer.weight, a=slope, mode=mode)
    if mode == "fan_out":
        layer.weight.data *= getattr(layer, "groups", 1) ** 0.5
    nn.init.zeros_(layer.bias)
