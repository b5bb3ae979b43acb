import torch


def masked_mean(x, lengths):
    valid = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
    return torch.stack([row[keep].mean(0) for row, keep in zip(x, valid, strict=True)])
