import math


def warmup_cosine(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return floor
    done = (step - warmup) / (total - warmup)
    return floor + peak * (1 + math.cos(math.pi * done)) / 2
