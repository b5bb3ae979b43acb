def masked_nll(p, mask):
    return -p[mask].log().mean()
