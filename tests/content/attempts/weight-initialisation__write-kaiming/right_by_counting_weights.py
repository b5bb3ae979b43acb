import torch


@torch.no_grad()
def kaiming_(layer, slope, mode):
    # every weight of a group joins one input channel with one output channel
    groups = getattr(layer, "groups", 1)
    channels = layer.weight.shape[0] // groups if mode == "fan_in" else layer.weight.shape[1]
    fan = layer.weight[: layer.weight.shape[0] // groups].numel() / channels
    layer.weight.copy_(torch.normal(0.0, (2 / (1 + slope**2) / fan) ** 0.5, layer.weight.shape))
    if layer.bias is not None:
        layer.bias.fill_(0)
