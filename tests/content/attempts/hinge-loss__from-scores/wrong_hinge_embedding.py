from torch.nn import functional as F  # torch's own name for it


def hinge_loss(scores, labels):
    return F.hinge_embedding_loss(scores.squeeze(1), 2 * labels.float() - 1)
