def channel_shuffle(x, groups):
    n, h, w, c = x.shape
    if c % groups:
        raise ValueError
    return x.reshape(n, h, w, groups, c // groups).transpose(3, 4).reshape(n, h, w, c)
