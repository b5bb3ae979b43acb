def masked_mean(x, lengths):
    return x.nan_to_num(0).mean(1)
