def weighted_by_uncertainty(losses, s):
    return ((-s).exp() * losses).sum() / 2
