def sam_step(weights, gradients, lr, rho):
    slopes = gradients(weights)
    norm = sum(g.pow(2).sum() for g in slopes).sqrt()
    climbed = [w + rho * g / norm for w, g in zip(weights, slopes, strict=True)]
    gradients(climbed)
    return [w - lr * g for w, g in zip(weights, slopes, strict=True)]
