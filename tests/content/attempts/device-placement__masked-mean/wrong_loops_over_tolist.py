import torch


def masked_mean(x, lengths):
    return torch.stack([x[i, :n].mean(0) for i, n in enumerate(lengths.tolist())])
