import torch


def sam_step(weights, gradients, lr, rho):
    first = gradients(weights)
    scale = rho / torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in first]))
    for w, g in zip(weights, first, strict=True):
        w.add_(g, alpha=scale.item())
    second = gradients(weights)
    for w, g, h in zip(weights, first, second, strict=True):
        w.sub_(g, alpha=scale.item()).sub_(h, alpha=lr)
    return weights
