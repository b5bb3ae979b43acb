import torch


def pcgrad(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in order:
            h = grads[j] / grads[j].norm()
            g = g - (g @ h).clamp(max=0) * h
        total = total + g
    return total
