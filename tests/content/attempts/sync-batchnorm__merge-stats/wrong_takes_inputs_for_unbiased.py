def merge_stats(counts, means, variances):
    n, total = counts.unsqueeze(1), counts.sum()
    mean = (n * means).sum(0) / total
    return mean, ((n - 1) * variances + n * (means - mean) ** 2).sum(0) / total
