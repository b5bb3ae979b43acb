import torch


def conv2d_valid(x, k, flip=False):
    n = k.shape[0]
    oh, ow = x.shape[0] - n + 1, x.shape[1] - n + 1
    if oh < 1 or ow < 1:
        raise ValueError
    k = k.flip(0, 1) if flip else k
    out = torch.zeros(oh, ow, dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            out[i, j] = (x[i : i + n, j : j + n] * k).sum()
    return out
