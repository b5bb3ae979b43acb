import torch


def pcgrad(grads, orders):
    rows = [g.tolist() for g in grads]
    total = [0.0] * len(rows[0])
    for i in range(len(rows)):
        v = list(rows[i])
        for j in orders[i]:
            h = rows[j]
            inner = sum(a * b for a, b in zip(v, h, strict=True))
            if inner < 0:
                c = inner / sum(b * b for b in h)
                v = [a - c * b for a, b in zip(v, h, strict=True)]
        total = [a + b for a, b in zip(total, v, strict=True)]
    return torch.tensor(total, dtype=grads[0].dtype, device=grads[0].device)
