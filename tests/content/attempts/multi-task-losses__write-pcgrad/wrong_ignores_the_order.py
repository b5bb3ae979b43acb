import torch


def pcgrad(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in sorted(order, reverse=True):
            inner = g @ grads[j]
            if inner < 0:
                g = g - inner / (grads[j] @ grads[j]) * grads[j]
        total = total + g
    return total
