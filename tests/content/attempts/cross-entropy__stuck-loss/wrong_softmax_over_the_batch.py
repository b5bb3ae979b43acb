from torch.nn import functional as F  # torch's own name for it


def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    return F.cross_entropy(
        F.log_softmax(logits, dim=0), target, ignore_index=ignore_index, label_smoothing=label_smoothing
    )
