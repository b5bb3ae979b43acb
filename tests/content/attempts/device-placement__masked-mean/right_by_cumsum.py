import torch


def masked_mean(x, lengths):
    ones = torch.ones_like(x[:, :, 0], dtype=torch.int64)
    valid = ones.cumsum(1) <= lengths.view(-1, 1)
    total = x.masked_fill(~valid.unsqueeze(2), 0.0).sum(dim=1)
    return total.div(lengths.view(-1, 1))
