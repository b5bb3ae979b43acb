import torch


def pcgrad(grads, orders):
    originals = [g.clone() for g in grads]
    for i, order in enumerate(orders):
        for j in order:
            inner = grads[i] @ originals[j]
            if inner < 0:
                grads[i] -= inner / (originals[j] @ originals[j]) * originals[j]
    return torch.stack(grads).sum(0)
