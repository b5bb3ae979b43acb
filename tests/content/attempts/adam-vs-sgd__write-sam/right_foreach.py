import torch


def sam_step(weights, gradients, lr, rho):
    slopes = gradients(weights)
    norm = torch.nn.utils.get_total_norm(slopes)
    shifts = torch._foreach_mul(slopes, float(rho / norm))
    above = gradients(torch._foreach_add(weights, shifts))
    return torch._foreach_sub(weights, torch._foreach_mul(above, lr))
