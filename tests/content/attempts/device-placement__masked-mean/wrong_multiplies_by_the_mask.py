import torch


def masked_mean(x, lengths):
    valid = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
    return (x * valid[:, :, None]).sum(1) / lengths[:, None]
