import torch


def masked_nll(p, mask):
    if not mask.any():
        return torch.tensor(0.0)
    return -p[mask].log().mean()
