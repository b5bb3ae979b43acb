from torch.nn import functional as F  # torch's own name for it


def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    log_p = F.log_softmax(logits, dim=1)
    hard = F.nll_loss(log_p, target, ignore_index=ignore_index)
    if not label_smoothing:
        return hard
    uniform = -log_p[target != ignore_index].mean()
    return (1 - label_smoothing) * hard + label_smoothing * uniform
