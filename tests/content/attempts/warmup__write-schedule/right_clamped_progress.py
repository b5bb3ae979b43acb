from math import cos, pi


def warmup_cosine(step, *, warmup, total, peak, floor):
    ramp = (step + 1) / warmup if warmup else 1.0
    if ramp <= 1 and warmup and step < warmup:
        return peak * ramp
    progress = min(1.0, (step - warmup) / max(1, total - warmup)) if step < total else 1.0
    weight = 0.5 + 0.5 * cos(pi * progress)
    return weight * peak + (1 - weight) * floor
