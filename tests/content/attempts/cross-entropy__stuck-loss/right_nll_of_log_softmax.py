from torch.nn import functional as F  # torch's own name for it


def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    log_probabilities = F.log_softmax(logits, dim=1)
    kept = target != ignore_index
    hard = F.nll_loss(log_probabilities[kept], target[kept])
    return (1 - label_smoothing) * hard - label_smoothing * log_probabilities[kept].mean()
