def masked_nll(p, mask):
    losses = p.masked_fill(~mask, 1.0).log() * -1
    return (losses * mask).sum() / max(1, int(mask.sum()))
