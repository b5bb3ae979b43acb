import torch


def masked_mean(x, lengths):
    steps = torch.arange(x.size(1), device=lengths.device)
    valid = (steps[None] < lengths[:, None]).unsqueeze(-1)
    kept = torch.where(valid, x, x.new_zeros(()))
    return torch.einsum("btd,b->bd", kept, 1 / lengths.to(x.dtype))
