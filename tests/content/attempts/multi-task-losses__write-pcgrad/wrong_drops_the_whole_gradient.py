import torch


def pcgrad(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in order:
            if g @ grads[j] < 0:
                g = torch.zeros_like(g)
        total = total + g
    return total
