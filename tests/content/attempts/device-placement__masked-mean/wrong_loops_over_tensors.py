import torch


def masked_mean(x, lengths):
    return torch.stack([row[:n].mean(0) for row, n in zip(x, lengths, strict=True)])
