import torch


def fuse_blocks(blocks, train):
    parts = []
    for block in blocks:
        seen = block[train]
        std = seen.std(0, correction=0)
        std[std == 0] = 1
        parts.append((seen - seen.mean(0)) / std / block.shape[1] ** 0.5)
    return torch.cat(parts, dim=1)
