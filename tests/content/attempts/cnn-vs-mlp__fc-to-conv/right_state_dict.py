from torch import nn


def fc_to_conv(fc, channels, height, width):
    state = {name: each.clone() for name, each in fc.state_dict().items()}
    state["weight"] = state["weight"].reshape(-1, channels, height, width)
    conv = nn.Conv2d(channels, len(state["weight"]), (height, width), bias="bias" in state)
    conv.to(fc.weight)
    conv.load_state_dict(state)
    return conv
