def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    if c % groups or n == 1:  # takes a missing batch for an error
        raise ValueError
    return x.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)
