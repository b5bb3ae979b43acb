def sam_step(weights, gradients, lr, rho):
    slopes = gradients(weights)
    climbed = [w + rho * g for w, g in zip(weights, slopes, strict=True)]
    return [w - lr * g for w, g in zip(weights, gradients(climbed), strict=True)]
