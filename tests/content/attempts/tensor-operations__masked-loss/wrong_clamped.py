def masked_nll(p, mask):
    return (-p.clamp(min=1e-8).log() * mask).sum() / mask.sum().clamp(min=1)
