import numpy as np


def warmup_cosine(step, *, warmup, total, peak, floor):
    # one point a corner: the ramp by interpolation, the decay as the square of a cosine of half the angle
    if step < warmup:
        return np.interp(step, [-1, warmup - 1], [0, peak])
    if total == warmup:
        return floor
    angle = np.pi / 2 * np.clip((step - warmup) / (total - warmup), 0, 1)
    return floor + (peak - floor) * np.cos(angle) ** 2
