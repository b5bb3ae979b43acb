import torch


def channel_shuffle(x, groups):
    if x.size(1) % groups:
        raise ValueError(f"{x.size(1)} channels, {groups} groups")
    return torch.stack(x.chunk(groups, dim=1), dim=2).flatten(1, 2)
