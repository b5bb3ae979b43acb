def hinge_loss(scores, labels):
    y = 2 * labels - 1
    return (1 - y * scores.squeeze(1)).clamp(min=0).mean()
