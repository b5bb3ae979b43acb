import torch


def masked_mean(x, lengths):
    beyond = torch.arange(x.shape[1], device=x.device) >= lengths[:, None]
    return x.masked_fill(beyond[:, :, None], 0).mean(1)
