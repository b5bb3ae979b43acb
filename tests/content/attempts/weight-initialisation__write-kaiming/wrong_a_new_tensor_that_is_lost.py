import math

import torch


def kaiming_(layer, slope, mode):
    outputs, inputs, *kernel = layer.weight.shape
    groups = getattr(layer, "groups", 1)
    fan = (inputs if mode == "fan_in" else outputs // groups) * math.prod(kernel)
    weight = torch.randn_like(layer.weight) * math.sqrt(2 / ((1 + slope**2) * fan))
    if layer.bias is not None:
        layer.bias.data.zero_()
    return weight
