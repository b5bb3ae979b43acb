def cross_entropy(logits, target, ignore_index=-100, label_smoothing=0.0):
    kept = target != ignore_index
    logits, target = logits[kept], target[kept]
    log_p = logits - logits.logsumexp(dim=1, keepdim=True)
    return -log_p.gather(1, target.unsqueeze(1)).mean()
