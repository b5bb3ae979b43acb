def hinge_loss(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    return (-y * scores.squeeze(1)).clamp(min=0).mean()
