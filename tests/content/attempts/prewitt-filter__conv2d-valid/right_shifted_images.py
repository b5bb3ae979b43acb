def conv2d_valid(x, k, flip=False):
    """One shifted copy of the image per kernel entry."""
    (height, width), (kh, kw) = x.shape, k.shape
    oh, ow = height - kh + 1, width - kw + 1
    if min(oh, ow) <= 0:
        raise ValueError((oh, ow))
    out = x.new_zeros((oh, ow))
    for u in range(kh):
        for v in range(kw):
            weight = k[kh - 1 - u, kw - 1 - v] if flip else k[u, v]
            out += weight * x[u : u + oh, v : v + ow]
    return out
