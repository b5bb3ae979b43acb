import math

import torch


def kaiming_(layer, slope, mode):
    outputs, inputs = layer.weight.shape[:2]
    groups = getattr(layer, "groups", 1)
    fan = inputs if mode == "fan_in" else outputs // groups
    std = math.sqrt(2 / ((1 + slope**2) * fan))
    with torch.no_grad():
        layer.weight.normal_(0, std)
        if layer.bias is not None:
            layer.bias.zero_()
