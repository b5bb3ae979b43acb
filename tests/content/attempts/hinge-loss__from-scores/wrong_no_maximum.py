def hinge_loss(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    return (1 - y * scores.squeeze(1)).mean()
