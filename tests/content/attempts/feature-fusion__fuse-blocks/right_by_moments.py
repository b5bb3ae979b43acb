import torch


def fuse_blocks(blocks, train):
    parts = []
    for block in blocks:
        seen = block.index_select(0, train)
        mean = seen.mean(dim=0, keepdim=True)
        variance = (seen - mean).square().mean(dim=0, keepdim=True)
        weight = torch.where(variance > 0, (variance * block.shape[1]).rsqrt(), 0.0)
        parts.append((block - mean) * weight)
    return torch.hstack(parts)
