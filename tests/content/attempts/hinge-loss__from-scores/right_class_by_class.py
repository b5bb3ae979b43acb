import torch


def hinge_loss(scores, labels):
    positive = labels > 0
    wanting = torch.cat([1 - scores[positive, 0], 1 + scores[~positive, 0]])
    return torch.maximum(wanting, torch.zeros_like(wanting)).sum() / labels.numel()
