import torch


def pcgrad(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in order:
            square = grads[j] @ grads[j]
            if square > 0:
                g = g - (g @ grads[j]) / square * grads[j]
        total = total + g
    return total
