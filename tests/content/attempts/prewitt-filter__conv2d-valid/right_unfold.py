import torch


def conv2d_valid(x, k, flip=False):
    if any(side < small for side, small in zip(x.shape, k.shape, strict=True)):
        raise ValueError("kernel larger than image")
    windows = x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1)
    kernel = torch.flip(k, (0, 1)) if flip else k
    return (windows * kernel).sum(dim=(-2, -1))
