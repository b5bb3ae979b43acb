import torch


def last_state(h, lengths):
    last = (lengths.long() - 1).view(-1, 1, 1)
    return torch.take_along_dim(h, last, dim=1).squeeze(1)
