import torch


def last_state(h, lengths):
    batch, steps, width = h.shape
    flat = h.view(batch * steps, width)
    return flat[torch.arange(batch, device=h.device) * steps + lengths.long() - 1]
