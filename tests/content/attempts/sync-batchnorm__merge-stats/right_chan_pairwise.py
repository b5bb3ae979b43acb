def merge_stats(counts, means, variances):
    count, mean, m2 = counts[0], means[0], counts[0] * variances[0]
    for n, other, var in zip(counts[1:], means[1:], variances[1:], strict=True):
        delta = other - mean
        total = count + n
        mean = mean + delta * n / total
        m2 = m2 + n * var + delta**2 * count * n / total
        count = total
    return mean, m2 / count
