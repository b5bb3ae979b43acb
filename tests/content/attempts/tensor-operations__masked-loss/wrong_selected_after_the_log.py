def masked_nll(p, mask):
    return (-p.log())[mask].sum() / mask.sum().clamp(min=1)
