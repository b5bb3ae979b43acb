def conv2d_valid(x, k, flip=False):
    if x.shape[0] < k.shape[0] or x.shape[1] < k.shape[1]:
        raise ValueError
    return (x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1) * k).sum((2, 3))
