import torch


def conv2d_valid(x, k, flip=False):
    oh, ow = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
    if oh < 1 or ow < 1:
        raise ValueError
    k = k.flip(0, 1) if flip else k
    out = torch.zeros(oh, ow)
    for i in range(oh):
        for j in range(ow):
            out[i, j] = (x[i : i + k.shape[0], j : j + k.shape[1]] * k).sum()
    return out
