def masked_nll(p, mask):
    losses = (-p.log() * mask).nan_to_num(0.0)
    return losses.sum() / mask.sum().clamp(min=1)
