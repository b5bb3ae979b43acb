def masked_nll(p, mask):
    chosen = p[mask]
    return chosen.log().neg().sum() / max(chosen.numel(), 1)
