from torch import nn


def channel_shuffle(x, groups):
    if x.shape[1] % groups:
        raise ValueError("does not divide")
    shuffle = nn.ChannelShuffle(groups)
    return shuffle(x) if x.is_floating_point() else shuffle(x.double()).to(x.dtype)
