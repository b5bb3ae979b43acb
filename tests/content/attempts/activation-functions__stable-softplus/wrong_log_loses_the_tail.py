import torch


def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    linear = z > threshold
    safe = z.masked_fill(linear, 0.0)
    return torch.where(linear, x, torch.log(1 + safe.exp()) / beta)
