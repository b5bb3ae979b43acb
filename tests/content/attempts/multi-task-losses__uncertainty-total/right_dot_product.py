import torch


def weighted_by_uncertainty(losses, s):
    return (torch.dot(torch.exp(-s), losses) + s.sum()) / 2
