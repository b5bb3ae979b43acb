import torch


def fuse_blocks(blocks, train):
    x = torch.cat(blocks, dim=1)
    std = x[train].std(0, correction=0)
    std[std == 0] = 1
    return (x - x[train].mean(0)) / std
