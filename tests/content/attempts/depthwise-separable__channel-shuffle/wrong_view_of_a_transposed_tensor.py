def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    if c % groups:
        raise ValueError
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).view(n, c, h, w)
