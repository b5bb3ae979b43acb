import torch


def conv2d_valid(x, k, flip=False):
    oh, ow = x.size(0) - k.size(0) + 1, x.size(1) - k.size(1) + 1
    if oh <= 0 or ow <= 0:
        raise ValueError("does not fit")
    rows = []
    for i in range(oh):
        row = []
        for j in range(ow):
            total = 0.0
            for u in range(k.size(0)):
                for v in range(k.size(1)):
                    a, b = (k.size(0) - 1 - u, k.size(1) - 1 - v) if flip else (u, v)
                    total += x[i + u, j + v].item() * k[a, b].item()
            row.append(total)
        rows.append(row)
    return torch.tensor(rows, dtype=x.dtype, device=x.device)
