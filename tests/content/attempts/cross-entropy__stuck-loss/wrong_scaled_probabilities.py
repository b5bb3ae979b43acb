from torch.nn import functional as F  # torch's own name for it


def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    return F.cross_entropy(
        10 * F.softmax(logits, dim=1), target, ignore_index=ignore_index, label_smoothing=label_smoothing
    )
