import torch


def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    losses = []
    for row, label in zip(logits, target.tolist(), strict=True):
        if label == ignore_index:
            continue
        z = row - row.max().detach()
        log_total = z.exp().sum().log()
        classes = len(z)
        q = [label_smoothing / classes + (1 - label_smoothing) * (k == label) for k in range(classes)]
        losses.append(sum(q[k] * (log_total - z[k]) for k in range(classes) if q[k]))
    return torch.stack(losses).mean()
