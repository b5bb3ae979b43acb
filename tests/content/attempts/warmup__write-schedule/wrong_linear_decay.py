def warmup_cosine(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return floor
    return peak + (floor - peak) * (step - warmup) / (total - warmup)
