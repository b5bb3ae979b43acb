from torch.nn.functional import conv2d


def conv2d_valid(x, k, flip=False):
    if x.shape[0] < k.shape[0] or x.shape[1] < k.shape[1]:
        raise ValueError
    k = k.flip(0, 1) if flip else k
    return conv2d(x[None, None], k[None, None], padding=(k.shape[0] // 2, k.shape[1] // 2))[0, 0]
