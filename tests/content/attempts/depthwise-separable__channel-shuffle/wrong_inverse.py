def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    if c % groups:
        raise ValueError
    return x.reshape(n, c // groups, groups, h, w).transpose(1, 2).reshape(n, c, h, w)
