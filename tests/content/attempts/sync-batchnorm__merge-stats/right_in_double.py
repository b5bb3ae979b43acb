def merge_stats(counts, means, variances):
    n = counts.double()[:, None]
    mu, var = means.double(), variances.double()
    mean = (n * mu).sum(dim=0) / n.sum()
    second = (n * (var + mu.square())).sum(dim=0) / n.sum()
    return mean.to(means.dtype), (second - mean.square()).to(means.dtype)
