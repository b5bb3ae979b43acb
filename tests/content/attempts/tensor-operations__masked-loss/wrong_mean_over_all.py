def masked_nll(p, mask):
    return p.masked_fill(~mask, 1.0).log().neg().mean()
