"""Which penalties, minimised how, make weights exactly zero."""

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    main,
    table,
)

zeros = Claim(
    "zeros",
    en="An L1 penalty makes weights exactly zero if its minimiser is computed with soft thresholds; plain gradient "
    "descent on it only hovers about zero, and an L2 penalty leaves all weights non-zero",
    zh="L1惩罚配合软阈值求解才会得到恰好为0的权重；直接做梯度下降只会在0附近来回跳；L2惩罚下权重都不为0",
    on="cpu",
)

STEP, STEPS = 0.2, 150
WEIGHTS = 30
RUNS = {  # Chinese label, penalty, method, strength
    "L1, soft thresholds": ("L1，软阈值", "L1", "threshold", 0.5),
    "L1, plain gradient": ("L1，普通梯度下降", "L1", "gradient", 0.5),
    "L2, plain gradient": ("L2，普通梯度下降", "L2", "gradient", 0.5),
    "L2, ten times as strong": ("L2，强10倍", "L2", "gradient", 5.0),
}

SIGNS = "L1, prox", "L1, ∇", "L2, ∇", "10 × L2, ∇"


@zeros.cases
def regressions(rng):
    x = torch.randn(100, WEIGHTS).double()
    true = torch.zeros(WEIGHTS).double()
    true[:5] = torch.tensor([rng.choice([-1, 1]) * k for k in range(1, 6)])
    y = x @ true + torch.randn(100).double()
    start = torch.randn(WEIGHTS).double()
    found = {
        label: minimised((x, y), start, *run[1:])
        for label, run in RUNS.items()
    }
    for label, (zh, penalty, method, strength) in RUNS.items():
        yield Case(
            label,
            zh=zh,
            penalty=penalty,
            method=method,
            strength=strength,
            found=found,
        )


def minimised(data, w, penalty, method, strength):
    """The mean of ½·(x·w − y)² plus strength·Σ|w|, or strength/2·Σw², after some steps down."""
    x, y = data
    for _ in range(STEPS):
        slope = x.T @ (x @ w - y) / len(x)
        w = DESCENTS[penalty, method](w, slope, strength)
    return w


@zeros.observe
def told(makes_zeros, penalty, method, strength):
    return makes_zeros(penalty, method, strength)


@zeros.check
def weights_at_zero(predicted, case):
    rows = [
        (sign, int((w == 0).sum()), float(w[5:].abs().max()))
        for sign, w in zip(SIGNS, case.found.values(), strict=True)
    ]
    return [
        # 19 or more over 200 seeds with soft thresholds, else none
        at_least_if(
            predicted,
            int((case.found[case.label] == 0).sum()),
            6,
            en="weights exactly 0, of 30 (25 are 0 in truth)",
            zh="30个权重中恰好为0的个数（真实权重有25个为0）",
        ),
        table(
            (
                ("penalty, method", "惩罚与方法"),
                ("exactly 0", "恰好为0"),
                ("largest of the 25 that should be", "应为0的25个中最大者"),
            ),
            rows,
            en="The weights after training",
            zh="训练后的权重",
        ),
    ]


def soft_threshold(w, slope, strength):
    w = w - STEP * slope
    return w.sign() * (w.abs() - STEP * strength).clamp(min=0)


def follow_the_sign(w, slope, strength):
    return w - STEP * (slope + strength * w.sign())


def shrink(w, slope, strength):
    return w - STEP * (slope + strength * w)


DESCENTS = {
    ("L1", "threshold"): soft_threshold,
    ("L1", "gradient"): follow_the_sign,
    ("L2", "gradient"): shrink,
}


@zeros.answer
def soft_thresholds_only(penalty, method, strength):
    return penalty == "L1" and method == "threshold"


@zeros.misconception(
    en="adding λ·|w| to the loss is enough, whatever the optimiser",
    zh="只要在损失里加上λ·|w|，用什么优化器都会得到0",
    on=lambda case: (case.penalty, case.method) == ("L1", "gradient"),
    because=(
        "it errs where L1 meets plain descent",
        "只在L1配普通梯度下降时出错",
    ),
)
def every_l1(penalty, method, strength):
    return penalty == "L1"


@zeros.misconception(
    en="a strong L2 penalty makes weights exactly zero too",
    zh="L2惩罚足够强，权重也会恰好为0",
    on=lambda case: case.strength > 1,
    because=("it speaks of a strong L2 penalty", "它说的是很强的L2惩罚"),
)
def strong_l2_too(penalty, method, strength):
    return strength > 1 or soft_thresholds_only(penalty, method, strength)


@zeros.misconception(
    en="no method in floating point ever reaches 0 exactly",
    zh="浮点计算永远不会恰好得到0",
    on=lambda case: case.method == "threshold",
    because=("elsewhere it is right", "其他情形它说对了"),
)
def never_exactly(penalty, method, strength):
    return False


if __name__ == "__main__":
    main()
