from torch import nn


def kaiming_(layer, slope, mode):
    nn.init.kaiming_normal_(layer.weight, a=slope, mode=mode, nonlinearity="leaky_relu")
    if mode == "fan_out":
        layer.weight.data *= getattr(layer, "groups", 1) ** 0.5
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
