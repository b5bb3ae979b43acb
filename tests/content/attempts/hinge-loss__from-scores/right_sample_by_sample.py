def hinge_loss(scores, labels):
    total = 0.0 * scores.sum()
    for score, label in zip(scores[:, 0], labels.tolist(), strict=True):
        z = score if label else -score
        if z < 1:
            total = total + 1 - z
    return total / len(scores)
