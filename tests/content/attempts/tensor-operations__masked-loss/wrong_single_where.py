import torch


def masked_nll(p, mask):
    losses = torch.where(mask, -p.log(), torch.zeros_like(p))
    return losses.sum() / mask.sum().clamp(min=1)
