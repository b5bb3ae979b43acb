def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    kept = target >= 0
    logits, target = logits[kept], target[kept]
    log_p = logits - logits.logsumexp(dim=1, keepdim=True)
    true_class = -log_p.gather(1, target.unsqueeze(1)).mean()
    all_classes = -log_p.mean()
    return (1 - label_smoothing) * true_class + label_smoothing * all_classes
