import math


def adamw_step(w, g, state, *, lr, betas, eps, weight_decay):
    t, m, v = state.get("tmv", (0, 0.0, 0.0))
    t += 1
    m = m + (1 - betas[0]) * (g - m)
    v = v + (1 - betas[1]) * (g * g - v)
    state["tmv"] = (t, m, v)
    # both corrections in the learning rate, and ε shrunk to match
    root = math.sqrt(1 - betas[1] ** t)
    rate = lr * root / (1 - betas[0] ** t)
    return w - lr * weight_decay * w - rate * m / (v.sqrt() + eps * root)
