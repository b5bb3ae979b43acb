"""SoftPlus in floating point: no overflow, no lost tail, and the right slope everywhere."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, close, main

softplus_in_floats = Claim(
    "softplus_in_floats",
    en="SoftPlus without overflow or lost tails: log1p, and the exponential of nothing large, not even unused",
    zh="数值稳定的SoftPlus：用log1p；大数不进exp，哪怕其结果用不上",
    on="cpu",
)


@softplus_in_floats.cases
def inputs(rng):
    double, single = torch.float64, torch.float32
    beta, threshold = rng.choice([0.5, 2.0, 3.0]), rng.uniform(2, 4)
    for label, zh, x, options in (
        ("moderate", "普通输入", uniform(-4, 4, double), {}),
        ("zero", "零", torch.zeros(3, dtype=double), {}),
        (
            "left tail, float64",
            "左侧尾部，float64",
            uniform(-45, -38, double),
            {},
        ),
        (
            "left tail, float32",
            "左侧尾部，float32",
            uniform(-28, -18, single),
            {},
        ),
        ("±10⁴, float32", None, 1e4 * signs(single), {}),
        ("±10⁴, float64", None, 1e4 * signs(double), {}),
        (
            f"β = {beta:g}",
            None,
            uniform(-4, 4, double),
            {"beta": beta},
        ),
        (
            f"β = {beta:g}, threshold {threshold:.2f}",
            f"β = {beta:g}，阈值 {threshold:.2f}",
            uniform(-8, 8, double) / beta,
            {"beta": beta, "threshold": threshold},
        ),
    ):
        yield Case(label, zh=zh, x=x, options=options, name=label)


def uniform(low, high, dtype):
    return torch.empty(4, 50, dtype=dtype).uniform_(low, high)


def signs(dtype):
    return torch.tensor([-1.0, 1.0, -1.0, 1.0], dtype=dtype)


@softplus_in_floats.observe
def value_and_slope(activation, x, options):
    x = x.clone().requires_grad_()
    y = activation(x, **options)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), slope


@softplus_in_floats.check
def as_torch(seen, case):
    want = value_and_slope(F.softplus, case.x, case.options)
    # rounding: below 1e-15 in float64, below 1e-6 in float32; the misconceptions are off by 1 % and more
    rel = 1e-10 if case.x.dtype == torch.float64 else 1e-4
    y, slope = seen
    return [
        close(y, want[0], rel, en="value", zh="函数值的相对误差"),
        close(slope, want[1], rel, en="slope", zh="导数的相对误差"),
    ]


@softplus_in_floats.answer
def softplus(x, beta=1.0, threshold=20.0):
    z = beta * x
    linear = z > threshold
    # both branches of where() are differentiated: exp must not overflow
    # even where its value is not used, since 0 · inf is NaN
    safe = z.masked_fill(linear, 0.0)
    return torch.where(linear, x, safe.exp().log1p() / beta)


def huge(case):
    return case.name.startswith("±")


SMALL = ("smaller inputs do not overflow", "较小的输入不会溢出")


@softplus_in_floats.misconception(
    en="writes the formula as it stands: log(1 + exp(x))",
    zh="照抄公式：log(1 + exp(x))",
    on=lambda case: huge(case) or case.name.startswith("left tail"),
    because=(
        "moderate inputs neither overflow nor vanish beside 1",
        "普通输入既不溢出，也不会被1吞掉",
    ),
)
def as_it_stands(x, beta=1.0, threshold=20.0):
    z = beta * x
    return torch.log(1 + torch.exp(z)) / beta


@softplus_in_floats.misconception(
    en="lets torch.where hide the overflow",
    zh="以为torch.where能挡住溢出",
    on=huge,
    because=SMALL,
)
def overflow_behind_where(x, beta=1.0, threshold=20.0):
    z = beta * x
    return torch.where(z > threshold, x, z.exp().log1p() / beta)


@softplus_in_floats.misconception(
    en="clamps the input of the exponential and forgets the linear part",
    zh="只截断exp的输入，丢掉了线性部分",
    on=lambda case: huge(case) or "threshold" in case.options,
    because=(
        "inputs below the threshold are not clamped",
        "阈值以下的输入不会被截断",
    ),
)
def clamped(x, beta=1.0, threshold=20.0):
    return (beta * x).clamp(max=threshold).exp().log1p() / beta


@softplus_in_floats.misconception(
    en="max(x, 0) + log1p(exp(−|x|)), whose slope at 0 comes out as 0",
    zh="max(x, 0) + log1p(exp(−|x|))：自动求导在0处得到的导数是0",
    on=lambda case: case.name == "zero" or "threshold" in case.options,
    because=(
        "elsewhere the kinks of relu and abs are not met, and the default threshold does not show",
        "其他情形碰不到relu和abs的尖点，默认阈值也显不出差别",
    ),
)
def kinks_meet_at_zero(x, beta=1.0, threshold=20.0):
    z = beta * x
    return (z.relu() + (-z.abs()).exp().log1p()) / beta


@softplus_in_floats.misconception(
    en="compares x, not β·x, with the threshold",
    zh="拿x而不是β·x与阈值比较",
    on=lambda case: "threshold" in case.options,
    because=(
        "with β = 1, or far below the threshold, it is the same",
        "β = 1 或远低于阈值时没有区别",
    ),
)
def threshold_of_x(x, beta=1.0, threshold=20.0):
    linear = x > threshold
    safe = (beta * x).masked_fill(linear, 0.0)
    return torch.where(linear, x, safe.exp().log1p() / beta)


if __name__ == "__main__":
    main()
