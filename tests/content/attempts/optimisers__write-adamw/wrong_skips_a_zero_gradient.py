def adamw_step(w, g, state, *, lr, betas, eps, weight_decay):
    if not g.any():
        return w
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = betas[0] * state.get("m", 0) + (1 - betas[0]) * g
    v = state["v"] = betas[1] * state.get("v", 0) + (1 - betas[1]) * g**2
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / (v_hat.sqrt() + eps)
