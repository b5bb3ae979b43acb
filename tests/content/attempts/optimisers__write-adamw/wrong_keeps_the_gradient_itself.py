def adamw_step(w, g, state, *, lr, betas, eps, weight_decay):
    past = state.setdefault("gradients", [])
    past.append(g)
    m = v = 0
    for each in past:
        m = betas[0] * m + (1 - betas[0]) * each
        v = betas[1] * v + (1 - betas[1]) * each**2
    t = len(past)
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / (v_hat.sqrt() + eps)
