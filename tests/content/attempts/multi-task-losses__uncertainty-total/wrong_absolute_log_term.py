def weighted_by_uncertainty(losses, s):
    return 0.5 * ((-s).exp() * losses + s.abs()).sum()
