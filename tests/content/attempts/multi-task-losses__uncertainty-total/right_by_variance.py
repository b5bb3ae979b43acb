import torch


def weighted_by_uncertainty(losses, s):
    variance = torch.exp(s)
    return 0.5 * torch.sum(losses / variance + torch.log(variance))
