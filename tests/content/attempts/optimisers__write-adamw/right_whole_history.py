import torch


def adamw_step(w, g, state, *, lr, betas, eps, weight_decay):
    # the moments as weighted means over all gradients so far: the weights sum to one, which is the correction
    past = state.setdefault("gradients", [])
    past.append(g.clone())
    stacked = torch.stack(past)
    ages = torch.arange(len(past) - 1, -1, -1, dtype=w.dtype, device=w.device)

    def mean(values, beta):
        weights = beta**ages / (beta**ages).sum()
        return torch.tensordot(weights, values, dims=1)

    update = mean(stacked, betas[0]) / (mean(stacked**2, betas[1]).sqrt() + eps)
    return w - lr * (update + weight_decay * w)
