import math

import torch
from torch import nn


def kaiming_(layer, slope, mode):
    if isinstance(layer, nn.Linear):
        fans = {"fan_in": layer.in_features, "fan_out": layer.out_features}
    else:
        area = math.prod(layer.kernel_size)
        fans = {
            "fan_in": layer.in_channels // layer.groups * area,
            "fan_out": layer.out_channels // layer.groups * area,
        }
    gain = nn.init.calculate_gain("leaky_relu", slope)
    layer.weight.data = torch.randn_like(layer.weight) * gain / math.sqrt(fans[mode])
    if layer.bias is not None:
        layer.bias.data.zero_()
