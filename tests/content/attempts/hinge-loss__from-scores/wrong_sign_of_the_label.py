def hinge_loss(scores, labels):
    y = 1 - 2 * labels.to(scores.dtype)  # 0 -> +1, 1 -> -1
    return (1 - y * scores.squeeze(1)).clamp(min=0).mean()
