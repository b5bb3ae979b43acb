def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    if c % groups:
        raise ValueError
    return x.reshape(n, groups, c // groups, h, w).reshape(n, c // groups, groups, h, w).reshape(n, c, h, w)
