import math


def warmup_cosine(step, *, warmup, total, peak, floor):
    ramp = (step + 1) / warmup
    if step < warmup:
        return peak * ramp
    if step >= total:
        return floor
    done = (step - warmup) / (total - warmup)
    return floor + (peak - floor) * (1 + math.cos(math.pi * done)) / 2
