import torch


def channel_shuffle(x, groups):
    c = x.shape[1]
    if c % groups != 0:
        raise ValueError(c)
    order = torch.arange(c, device=x.device).view(groups, -1).T.flatten()
    return x[:, order]
