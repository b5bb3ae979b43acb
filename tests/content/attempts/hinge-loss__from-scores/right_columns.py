from torch.nn import functional as F  # torch's own name for it


def hinge_loss(scores, labels):
    y = labels.to(scores).unsqueeze(1) * 2 - 1
    return F.threshold(1 - y * scores, 0.0, 0.0).mean()
