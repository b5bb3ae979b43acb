def sam_step(weights, gradients, lr, rho):
    slopes = gradients(weights)
    norm = sum(g.pow(2).sum() for g in slopes).sqrt()
    climbed = [w + rho * g / norm for w, g in zip(weights, slopes, strict=True)]
    above = gradients(climbed)
    size = sum(g.pow(2).sum() for g in above).sqrt()
    return [w - lr * g / size for w, g in zip(weights, above, strict=True)]
