def hinge_loss(scores, labels):
    return (1 - labels * scores.squeeze(1)).clamp(min=0).mean()
