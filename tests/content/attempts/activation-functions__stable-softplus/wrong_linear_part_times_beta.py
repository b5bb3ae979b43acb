import torch


def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    smooth = torch.logaddexp(z, torch.zeros_like(z)) / beta
    return torch.where(z > threshold, z, smooth)
