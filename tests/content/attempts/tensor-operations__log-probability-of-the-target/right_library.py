import torch


def nll_loss(log_probs, targets):
    return torch.nn.functional.nll_loss(log_probs, targets)
