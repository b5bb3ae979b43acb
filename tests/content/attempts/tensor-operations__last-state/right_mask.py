import torch


def last_state(h, lengths):
    steps = torch.arange(h.shape[1], device=h.device)
    last = steps[None] == (lengths - 1)[:, None]
    return (h * last[..., None].to(h.dtype)).sum(1)
