"""Where activation functions are flat, and what the range of their outputs costs in few bits."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    main,
    table,
)

saturation = Claim(
    "saturation",
    en="What keeps tanh layers out of saturation is the scale of their pre-activations: centring alone does not",
    zh="让tanh各层不饱和的关键是控制预激活的尺度，仅做零均值化不够",
    on="cpu",
)


def centred(z):
    return z - z.mean(0)


def by_rms(z):
    return z / z.square().mean(0).sqrt()  # scaled, but not centred


def batch_norm(z):
    return by_rms(centred(z))


# what tanh is given, made of the layer's input h and of z = hW + b
TREATMENTS = {
    "z": lambda h, w, b: h @ w + b,
    "z − mean(z)": lambda h, w, b: centred(h @ w + b),
    "z/RMS(z)": lambda h, w, b: by_rms(h @ w + b),
    "BN(z)": lambda h, w, b: batch_norm(h @ w + b),
    "BN(z) + 3": lambda h, w, b: batch_norm(h @ w + b) + 3,
    "BN(h)W + b": lambda h, w, b: batch_norm(h) @ w + b,
}


@saturation.cases
def stacks(rng):
    large, offset = ("weights 5× too large", 5, 0), ("biases of 4", 1, 4)
    zh = {large: "权重大了5倍", offset: "偏置为 4"}
    for treatment, fault in (
        ("z", large),
        ("z − mean(z)", large),
        ("z/RMS(z)", large),
        ("BN(z)", large),
        ("BN(z) + 3", large),
        ("BN(h)W + b", large),
        ("z", offset),
        ("z − mean(z)", offset),
    ):
        name, gain, bias = fault
        yield Case(
            f"{name}, tanh({treatment})",
            zh=f"{zh[fault]}，tanh({treatment})",
            treatment=treatment,
            too_large=gain > 1,
            x=torch.randn(256, 128),
            weights=gain * torch.randn(8, 128, 128) / 128**0.5,
            bias=bias,
        )


@saturation.check
def share_of_saturated_units(avoids, case):
    shares = saturated_shares(case, case.treatment)
    # over 200 seeds: 0.4 % to 0.8 % where the scale is right (0.8 % of a standard normal variable lies beyond ±2.65),
    # 0 where only an offset was wrong; 54 % and more where not
    return [
        at_least_if(
            not avoids(case.treatment, case.too_large),
            shares[-1],
            0.07,
            en="saturated share of the last layer",
            zh="最后一层中饱和单元的比例",
        ),
        table(
            (
                ("tanh of", "tanh的输入"),
                ("layer 1", "第1层"),
                ("layer 8", "第8层"),
            ),
            [
                (name, *(f"{shares[k]:.1%}" for k in (0, -1)))
                for name in TREATMENTS
                for shares in [saturated_shares(case, name)]
            ],
            en="Share of |tanh| > 0.99 by treatment",
            zh="各种处理下 |tanh| > 0.99 的比例",
        ),
    ]


def saturated_shares(case, treatment):
    h, shares = case.x, []
    for w in case.weights:
        h = TREATMENTS[treatment](h, w, case.bias).tanh()
        shares.append((h.abs() > 0.99).float().mean().item())
    return shares


@saturation.answer
def if_the_scale_is_right(treatment, too_large):
    # centring takes away an offset, the division brings the size to 1
    return treatment in ("BN(z)", "z/RMS(z)") or (
        treatment == "z − mean(z)" and not too_large
    )


@saturation.misconception(
    en="a mean of zero is what prevents saturation",
    zh="均值为零就能防止饱和",
    on=lambda case: (
        case.too_large and case.treatment in ("z − mean(z)", "z/RMS(z)")
    ),
    because=(
        "it errs on what has one of the two, a mean of 0 or a scale of 1",
        "只在“均值为零”与“尺度为1”不同时成立的处理上出错",
    ),
)
def zero_mean_suffices(treatment, too_large):
    return treatment in ("z − mean(z)", "BN(z)")


@saturation.misconception(
    en="BN guarantees it, whatever γ and β have been learned",
    zh="有BN就有保证，与学到的γ、β无关",
    on=lambda case: case.treatment == "BN(z) + 3",
    because=("it is right of BN with β = 0", "β = 0 时确实如此"),
)
def any_batch_norm(treatment, too_large):
    return treatment == "BN(z) + 3" or if_the_scale_is_right(
        treatment, too_large
    )


@saturation.misconception(
    en="a layer whose input is normalised does not saturate",
    zh="层的输入归一化了就不会饱和",
    on=lambda case: case.treatment == "BN(h)W + b",
    because=("it speaks of the layer's input", "它只谈层的输入"),
)
def normalised_inputs_suffice(treatment, too_large):
    return treatment == "BN(h)W + b" or if_the_scale_is_right(
        treatment, too_large
    )


low_precision = Claim(
    "low_precision",
    en="A wider range costs small activations precision in uint8, not in float16",
    zh="取值范围变大时，uint8会损失普通激活值的精度，float16不会",
    on="cpu",
)


KINDS = ("uint8", "float16")


@low_precision.cases
def activations_with_an_outlier(rng):
    for kind in KINDS:
        for top in (6, rng.randint(40, 80), rng.randint(300, 600)):
            yield Case(
                f"{kind}, range [0, {top}]",
                zh=f"{kind}，范围 [0, {top}]",
                kind=kind,
                top=top,
                x=torch.empty(20_000).double().uniform_(0, 6),
            )


@low_precision.check
def error_of_the_ordinary_values(worst_error, case):
    # the worst of 20,000 comes within 0.2 % of half a step; the misconceptions are off by a factor of 6 and more
    return [
        close(
            worst_error(case.kind, case.top),
            below_six(case.x, case.top, case.kind),
            0.05,
            en="predicted worst error, relative error",
            zh="预测的最大误差的相对误差",
        ),
        table(
            (("largest value", "最大值"), "uint8", "float16"),
            [
                (top, *(below_six(case.x, top, k) for k in KINDS))
                for top in (6, 60, 600)
            ],
            en="Worst rounding error of values below 6",
            zh="6以下数值的最大舍入误差",
        ),
    ]


def below_six(ordinary, top, kind):
    """The worst error of ordinary values that are stored together with one value of ``top``."""
    x = torch.cat([torch.tensor([top]).double(), ordinary])
    return (stored(x, kind) - x)[1:].abs().max().item()


def stored(x, kind):
    """``x`` as the format gives it back; uint8 has 256 levels, evenly from 0 to the largest value."""
    if kind == "float16":
        return x.half().double()
    step = x.max() / 255
    return (x / step).round().to(torch.uint8) * step


@low_precision.answer
def half_a_step(kind, top):
    # float16 keeps 11 binary digits: between 4 and 8 its step is 2^-8, wherever the largest value lies
    return top / 255 / 2 if kind == "uint8" else 2**-8 / 2


def outlier(case):
    return case.top > 6


NO_OUTLIER = (
    "with a range of [0, 6] there is no outlier to suffer from",
    "范围为 [0, 6] 时没有离群值的影响",
)


@low_precision.misconception(
    en="float16 loses precision as the range grows",
    zh="范围变大时，float16的精度下降",
    on=lambda case: case.kind == "float16" and outlier(case),
    because=NO_OUTLIER,
)
def float16_spreads_over_the_range(kind, top):
    return half_a_step(kind, top) * (top / 6 if kind == "float16" else 1)


@low_precision.misconception(
    en="uint8 keeps its relative precision whatever the range, as floats do",
    zh="uint8和浮点数一样，相对精度与范围无关",
    on=lambda case: case.kind == "uint8" and outlier(case),
    because=NO_OUTLIER,
)
def uint8_like_a_float(kind, top):
    return half_a_step(kind, 6)


softsign = Claim(
    "softsign",
    en="Softsign is x/(1 + |x|), with the slope 1/(1 + |x|)²",
    zh="Softsign为 x/(1 + |x|)，导数为 1/(1 + |x|)²",
    on="cpu",
)


@softsign.cases
def points(rng):
    for side in (1, -1, 1):
        given = softsign.telling(
            lambda side=side: {"x": side * rng.rounded(0.5, 4, 1)}
        )
        yield Case(f"x = {given['x']}", given=given)


@softsign.truth(rel=0.02)
def by_autograd(case):
    x = torch.tensor(case.given["x"]).double().requires_grad_()
    return torch.autograd.grad(F.softsign(x), x)[0].item()


@softsign.answer
def inverse_square(x):
    return 1 / (1 + abs(x)) ** 2


@softsign.misconception(
    en="takes Softsign for min(max(0, x), 6), which is ReLU6",
    zh="把Softsign当成 min(max(0, x), 6)，那其实是ReLU6",
)
def relu6(x):
    return 1.0 if 0 < x < 6 else 0.0


@softsign.misconception(
    en="takes Softsign for tanh", zh="把Softsign当成tanh"
)
def tanh(x):
    return 1 - float(torch.tensor(x).tanh()) ** 2


@softsign.misconception(
    en="takes Softsign for SoftPlus, ln(1 + eˣ)",
    zh="把Softsign当成SoftPlus，即 ln(1 + eˣ)",
)
def softplus(x):
    return float(torch.tensor(x).sigmoid())


@softsign.misconception(
    en="forgets the square: 1/(1 + |x|)", zh="漏掉平方：1/(1 + |x|)"
)
def without_the_square(x):
    return 1 / (1 + abs(x))


if __name__ == "__main__":
    main()
