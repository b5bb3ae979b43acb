def sam_step(weights, gradients, lr, rho):
    slopes = gradients(weights)
    norm = sum(g.pow(2).sum() for g in slopes).sqrt()
    climbed = [w + rho * g / norm for w, g in zip(weights, slopes, strict=True)]
    above = gradients(climbed)
    return [w - lr * (g + h) / 2 for w, g, h in zip(weights, slopes, above, strict=True)]
