def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    m = c // groups
    kept = x[:, : groups * m]
    return kept.reshape(n, groups, m, h, w).transpose(1, 2).reshape(n, groups * m, h, w)
