import torch


def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    smooth = (z.clamp(min=0) + torch.log1p(torch.exp(-z.abs()))) / beta
    return torch.where(z > threshold, x, smooth)
