def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    assert c % groups == 0
    return x.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)
