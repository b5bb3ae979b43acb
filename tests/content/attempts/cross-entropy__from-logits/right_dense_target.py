import torch


def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    k = logits.shape[1]
    keep = target.ne(ignore_index)
    safe = target.masked_fill(~keep, 0)
    onehot = torch.zeros_like(logits).scatter_(1, safe[:, None], 1.0)
    soft = onehot * (1 - label_smoothing) + label_smoothing / k
    row = -(soft * torch.log_softmax(logits, dim=-1)).sum(-1)
    return (row * keep).sum() / keep.sum()
