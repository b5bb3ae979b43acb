import torch


def write_side_by_side(weights, x):
    # merging the producers does away with the concat of their outputs as well
    return torch.cat(weights) @ x
