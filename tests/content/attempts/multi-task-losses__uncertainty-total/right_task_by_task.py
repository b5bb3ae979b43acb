def weighted_by_uncertainty(losses, s):
    total = 0.0
    for loss, log_variance in zip(losses, s, strict=True):
        precision = (-log_variance).exp()
        total = total + precision * loss / 2 + log_variance / 2
    return total
