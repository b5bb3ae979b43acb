import torch


def adamw_step(w, g, state, *, lr, betas, eps, weight_decay):
    if not state:
        state.update(step=0, exp_avg=torch.zeros_like(w), exp_avg_sq=torch.zeros_like(w))
    state["step"] += 1
    beta1, beta2 = betas
    w.mul_(1 - lr * weight_decay)
    state["exp_avg"].lerp_(g, 1 - beta1)
    state["exp_avg_sq"].mul_(beta2).addcmul_(g, g, value=1 - beta2)
    correction1 = 1 - beta1 ** state["step"]
    correction2 = 1 - beta2 ** state["step"]
    denominator = (state["exp_avg_sq"].sqrt() / correction2**0.5).add_(eps)
    return w.addcdiv_(state["exp_avg"], denominator, value=-lr / correction1)
