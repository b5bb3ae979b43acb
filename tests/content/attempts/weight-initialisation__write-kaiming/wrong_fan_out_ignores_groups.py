import math

import torch


def kaiming_(layer, slope, mode):
    outputs, inputs, *kernel = layer.weight.shape
    fan = (inputs if mode == "fan_in" else outputs) * math.prod(kernel)
    std = math.sqrt(2 / ((1 + slope**2) * fan))
    with torch.no_grad():
        layer.weight.normal_(0, std)
        if layer.bias is not None:
            layer.bias.zero_()
