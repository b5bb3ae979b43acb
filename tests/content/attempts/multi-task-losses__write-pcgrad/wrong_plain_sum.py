import torch


def pcgrad(grads, orders):
    return torch.stack(grads).sum(0)
