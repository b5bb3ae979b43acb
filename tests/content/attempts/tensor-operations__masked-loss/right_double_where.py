import torch


def masked_nll(p, mask):
    safe = torch.where(mask, p, torch.ones_like(p))
    return -safe.log().sum() / mask.sum().clamp(min=1)
