def merge_stats(counts, means, variances):
    w = (counts / counts.sum()).unsqueeze(1)
    mean = (w * means).sum(0)
    return mean, (w * variances).sum(0) + ((means - mean) ** 2).mean(0)
