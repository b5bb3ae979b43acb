def channel_shuffle(x, groups):
    n, c, h, w = x.size()
    in_group, rest = divmod(c, groups)
    if rest:
        raise ValueError("groups must divide the channels")
    grid = x.contiguous().view(n, groups, in_group, h, w)
    return grid.permute(0, 2, 1, 3, 4).contiguous().view(n, c, h, w)
