import torch


def freed(g, others):
    if not others:
        return g
    first, *rest = others
    unit = first / first.norm().clamp(min=1e-300)
    along = torch.clamp(g @ unit, max=0.0)
    return freed(g - along * unit, rest)


def pcgrad(grads, orders):
    return sum(freed(g, [grads[j] for j in order]) for g, order in zip(grads, orders, strict=True))
