import torch


def sam_step(weights, gradients, lr, rho):
    sizes = [w.numel() for w in weights]

    def joined(tensors):
        return torch.cat([t.reshape(-1) for t in tensors])

    def apart(vector):
        return [part.view_as(w) for part, w in zip(vector.split(sizes), weights, strict=True)]

    here = joined(weights)
    direction = torch.nn.functional.normalize(joined(gradients(weights)), dim=0)
    return apart(here - lr * joined(gradients(apart(here + rho * direction))))
