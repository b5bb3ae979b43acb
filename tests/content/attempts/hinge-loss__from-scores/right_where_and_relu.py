import torch


def hinge_loss(scores, labels):
    f = scores.reshape(-1)
    z = torch.where(labels.bool(), f, -f)
    return torch.relu(1 - z).mean()
