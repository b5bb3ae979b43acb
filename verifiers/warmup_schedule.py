"""Warm-up schedules: the usual one with a cosine after it, and the gradual warm-up of large batches."""

import math

import numpy as np

from quizapp.proof import Case, Claim, close, curves, main

schedule = Claim(
    "schedule",
    en="Linear warm-up and cosine decay: the first step is not lost, the cosine starts where the ramp ends, and the "
    "end is an end",
    zh="线性预热加余弦衰减：第一步的学习率不为0，余弦从预热结束处开始，走完之后保持在最低值",
    on="cpu",
)


@schedule.cases
def trainings(rng):
    ramp, rest = rng.randint(8, 16), rng.randint(30, 50)
    peak, floor = rng.rounded(0.1, 0.9), rng.rounded(0.01, 0.05, 3)
    for en, zh, warmup, total in (
        ("ramp and cosine", "预热加余弦", ramp, ramp + rest),
        ("no warm-up", "没有预热", 0, rest),
        ("a single step of warm-up", "只预热一步", 1, rest),
        ("warm-up to the very end", "全程都是预热", ramp, ramp),
    ):
        # no order: the rate belongs to the step, not to the call
        steps = rng.sample(range(total + 10), total + 10)
        settings = {"warmup": warmup, "total": total}
        settings |= {"peak": peak, "floor": floor}
        yield Case(en, zh=zh, steps=steps, settings=settings, **settings)


@schedule.observe
def rates(rate, steps, settings):
    return [float(rate(step, **settings)) for step in steps]


@schedule.check
def step_by_step(seen, case):
    order = np.argsort(case.steps)
    got, want = np.array(seen)[order], np.array(by_recursion(case))
    return [
        # rounding leaves 1e-15; the nearest misconception is off by 3 %
        close(got, want, 1e-6),
        curves(
            range(len(want)),
            {("answered", "作答"): got, ("wanted", "应为"): want},
            en="Learning rate by step",
            zh="各步的学习率",
        ),
    ]


def by_recursion(case):
    """All rates in a row: equal increments, then the projection of a point that turns by equal angles."""
    ramp = [case.peak / case.warmup * (k + 1) for k in range(case.warmup)]
    steps = case.total - case.warmup
    turn = complex(math.cos(math.pi / max(1, steps)))
    turn += 1j * math.sin(math.pi / max(1, steps))
    point, radius = 1 + 0j, (case.peak - case.floor) / 2
    decay = []
    for _ in range(steps):
        decay.append(case.floor + radius + radius * point.real)
        point *= turn
    return ramp + decay + [case.floor] * 10


@schedule.answer
def warmup_cosine(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return floor
    done = (step - warmup) / (total - warmup)  # from 0 to 1
    return floor + (peak - floor) * (1 + math.cos(math.pi * done)) / 2


def ramps(case):
    return case.warmup > 0


NO_RAMP = ("there is no ramp", "没有预热")


def ramp_and_cosine(case):
    return 0 < case.warmup < case.total - 1


@schedule.misconception(
    en="starts the ramp from 0, so that the first step is lost",
    zh="预热从0开始，第一步等于没走",
    on=ramps,
    because=NO_RAMP,
)
def starts_from_zero(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak * step / warmup
    return warmup_cosine(
        step, warmup=warmup, total=total, peak=peak, floor=floor
    )


@schedule.misconception(
    en="lets the cosine run from step 0, ramp included",
    zh="余弦从第0步算起，把预热也算了进去",
    on=ramp_and_cosine,
    because=(
        "there is no ramp, or no cosine after it",
        "没有预热，或预热之后没有余弦",
    ),
)
def cosine_from_the_start(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak * (step + 1) / warmup
    return warmup_cosine(
        step, warmup=0, total=total, peak=peak, floor=floor
    )


@schedule.misconception(
    en="lets the cosine swing up again after the end",
    zh="走完之后余弦又升了回去",
    on=lambda case: case.warmup < case.total,
    because=("there is no cosine", "没有余弦段"),
)
def swings_up_again(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, total - warmup)
    return floor + (peak - floor) * (1 + math.cos(math.pi * done)) / 2


@schedule.misconception(
    en="a small constant rate, then the preset one",
    zh="先用一个小的固定学习率，再改回预设值",
    on=lambda case: case.warmup > 1,
    because=(
        "at most one step is taken before the peak",
        "峰值之前至多只有一步",
    ),
)
def constant_then_jump(step, *, warmup, total, peak, floor):
    if step < warmup:
        return peak / warmup
    return warmup_cosine(
        step, warmup=warmup, total=total, peak=peak, floor=floor
    )


@schedule.misconception(
    en="adds the floor on top, so that the peak is missed",
    zh="把最低值直接加在余弦上，峰值就不对了",
    on=lambda case: case.warmup < case.total,
    because=("there is no cosine", "没有余弦段"),
)
def floor_on_top(step, *, warmup, total, peak, floor):
    if step < warmup or step >= total:
        return warmup_cosine(
            step, warmup=warmup, total=total, peak=peak, floor=floor
        )
    done = (step - warmup) / (total - warmup)
    return floor + peak * (1 + math.cos(math.pi * done)) / 2


# --- the recipe for large batches ------------------------------------------------------------------

gradual = Claim(
    "gradual",
    en="Gradual warm-up for a batch k times as large rises linearly from η to kη: η·(1 + (k − 1)·e/5) after e of 5 epochs",
    zh="batch扩大k倍时，渐进预热从η线性升到kη：5个epoch中走完e个时为 η·(1 + (k − 1)·e/5)",
    on="cpu",
)


@gradual.cases
def large_batches(rng):
    def draw():
        return {
            "base": rng.choice([0.05, 0.1, 0.2]),
            "batch": 256 * rng.choice([6, 8, 11, 16, 21, 26, 31, 32]),
            "epochs": rng.randint(1, 4),
        }

    for _ in range(3):
        given = gradual.telling(draw)
        label = f"batch {given['batch']}, {given['epochs']}"
        yield Case(
            f"{label} of 5 epochs", zh=f"{label}/5 个epoch", given=given
        )


# An iteration more or less is 0.5 % at most; the nearest misconception, the ramp from 0, is 4 % off (see telling).
@gradual.truth(rel=0.01)
def by_constant_increments(case):
    """Iteration by iteration through ImageNet's training set, to kη in five epochs."""
    base, k = case.given["base"], case.given["batch"] / 256
    an_epoch = round(1_281_167 / case.given["batch"])
    increment = (k * base - base) / (5 * an_epoch)
    rate = base
    for _ in range(case.given["epochs"] * an_epoch):
        rate += increment
    return rate


@gradual.answer
def from_the_small_rate_to_the_large(base, batch, epochs):
    k = batch / 256
    return base * (1 + (k - 1) * epochs / 5)


@gradual.misconception(en="rises from zero", zh="从0开始上升")
def from_zero(base, batch, epochs):
    return base * batch / 256 * epochs / 5


@gradual.misconception(
    en="stays at η for five epochs, then jumps to kη",
    zh="5个epoch内一直是η，之后一下子改成kη",
)
def stays_then_jumps(base, batch, epochs):
    return base


@gradual.misconception(
    en="scales with the root of the batch size",
    zh="按batch大小的平方根缩放",
)
def by_the_root(base, batch, epochs):
    return base * (1 + (math.sqrt(batch / 256) - 1) * epochs / 5)


@gradual.misconception(
    en="rises by a constant factor an epoch",
    zh="每个epoch乘以相同的倍数",
)
def geometrically(base, batch, epochs):
    return base * (batch / 256) ** (epochs / 5)


@gradual.misconception(
    en="is at kη already: only the first steps are small",
    zh="已经是kη了：只有最初几步才小",
)
def at_the_large_rate(base, batch, epochs):
    return base * batch / 256


if __name__ == "__main__":
    main()
