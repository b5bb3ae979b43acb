def hinge_loss(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    losses = (1 - y * scores.squeeze(1)).clamp(min=0)
    return losses.sum() / (losses > 0).sum().clamp(min=1)
