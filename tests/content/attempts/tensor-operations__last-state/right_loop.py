import torch


def last_state(h, lengths):
    return torch.stack([sequence[n - 1] for sequence, n in zip(h, lengths.tolist(), strict=True)])
