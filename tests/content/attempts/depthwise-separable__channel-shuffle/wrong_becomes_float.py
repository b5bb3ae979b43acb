def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    if c % groups:
        raise ValueError
    grid = x.float().reshape(n, groups, c // groups, h, w)
    return grid.transpose(1, 2).reshape(n, c, h, w)
