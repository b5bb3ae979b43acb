def merge_stats(counts, means, variances):
    w = (counts / counts.sum()).unsqueeze(1)
    return (w * means).sum(0), (w * variances).sum(0)
