import torch


def nll_loss(log_probs, targets):
    picked = [log_probs[i, int(t)].item() for i, t in enumerate(targets)]
    return -torch.tensor(picked, dtype=log_probs.dtype, requires_grad=True).mean()
