"""Numbers to know of cross-entropy: its gradient, its first value, and where smoothing puts its minimum."""

import math

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, main

saturation = Claim(
    "saturation",
    en="Behind a sigmoid, squared error's gradient is cross-entropy's times p(1 − p)",
    zh="sigmoid之后，平方误差的梯度 = 交叉熵的梯度 × p(1 − p)",
    on="cpu",
)


@saturation.cases
def confident_mistakes(rng):
    for low, high in ((-6, -4), (-4, -2), (-2, -1)):
        z = rng.rounded(low, high, 1)
        yield Case(
            f"logit {z}, label 1", zh=f"logit {z}，标签 1", given={"z": z}
        )


@saturation.truth(rel=0.02)
def by_autograd(case):
    z = torch.tensor(
        case.given["z"], dtype=torch.float64, requires_grad=True
    )
    (squared,) = torch.autograd.grad((z.sigmoid() - 1).square() / 2, z)
    (entropic,) = torch.autograd.grad(F.softplus(-z), z)
    return float(squared / entropic)


@saturation.answer
def slope_of_the_sigmoid(z):
    p = 1 / (1 + math.exp(-z))
    return p * (1 - p)


@saturation.misconception(
    en="takes both gradients for p − y", zh="以为两者的梯度都是 p − y"
)
def no_difference(z):
    return 1.0


@saturation.misconception(
    en="gives the whole gradient, not the ratio",
    zh="答成了平方误差的梯度本身，而不是比值",
)
def whole_gradient(z):
    p = 1 / (1 + math.exp(-z))
    return (p - 1) * p * (1 - p)


@saturation.misconception(
    en="forgets the ½ of the squared error", zh="漏掉平方误差前的½"
)
def without_the_half(z):
    p = 1 / (1 + math.exp(-z))
    return 2 * p * (1 - p)


uniform = Claim(
    "uniform",
    en="With equal logits cross-entropy is ln K, whatever the label and the smoothing",
    zh="各类logit相等时交叉熵为 ln K，与标签和标签平滑无关",
    on="cpu",
)


@uniform.cases
def first_losses(rng):
    for classes in rng.sample([5, 10, 20, 100, 1000], 3):
        given = {
            "classes": classes,
            "logit": rng.rounded(1, 5, 1),
            "smoothing": rng.choice([0.1, 0.2]),
        }
        yield Case(f"{classes} classes", zh=f"{classes} 类", given=given)


@uniform.truth(rel=0.01)
def torch_loss(case):
    logits = torch.full(
        (1, case.given["classes"]), case.given["logit"], dtype=torch.float64
    )
    return F.cross_entropy(
        logits, torch.tensor([1]), label_smoothing=case.given["smoothing"]
    ).item()


@uniform.answer
def log_classes(classes, logit, smoothing):
    return math.log(classes)


@uniform.misconception(
    en="takes the logarithm to base 2", zh="取了以2为底的对数"
)
def in_bits(classes, logit, smoothing):
    return math.log2(classes)


@uniform.misconception(
    en="lets smoothing scale the loss by 1 − ε",
    zh="以为标签平滑使损失乘以 1 − ε",
)
def scaled_by_smoothing(classes, logit, smoothing):
    return (1 - smoothing) * math.log(classes)


@uniform.misconception(
    en="lets the common value of the logits count",
    zh="以为logit的公共值会影响损失",
)
def shifted(classes, logit, smoothing):
    return math.log(classes) + logit


smoothing_gap = Claim(
    "smoothing_gap",
    en="Label smoothing makes the best logits finite: the true one lies ln((K(1 − ε) + ε)/ε) above the others",
    zh="标签平滑使最优logit有限：真实类比其他类高 ln((K(1 − ε) + ε)/ε)",
    on="cpu",
)


@smoothing_gap.cases
def smoothed(rng):
    for smoothing in rng.sample([0.1, 0.15, 0.2, 0.25, 0.3], 3):
        given = {"classes": rng.randint(3, 5), "smoothing": smoothing}
        yield Case(
            f"ε = {smoothing}, {given['classes']} classes",
            zh=f"ε = {smoothing}，{given['classes']} 类",
            given=given,
        )


@smoothing_gap.truth(rel=0.01)
def minimised(case):
    """Where the slope of torch's loss in the gap changes sign, by bisection."""
    low, high = 0.0, 30.0
    for _ in range(40):
        gap = torch.tensor(
            (low + high) / 2, dtype=torch.float64, requires_grad=True
        )
        logits = gap * F.one_hot(torch.tensor([0]), case.given["classes"])
        F.cross_entropy(
            logits,
            torch.tensor([0]),
            label_smoothing=case.given["smoothing"],
        ).backward()
        low, high = (
            (low, gap.item()) if gap.grad > 0 else (gap.item(), high)
        )
    return low


@smoothing_gap.answer
def log_ratio(classes, smoothing):
    return math.log((classes * (1 - smoothing) + smoothing) / smoothing)


@smoothing_gap.misconception(
    en="gives all of ε to the other classes", zh="把ε全部分给其他类"
)
def nothing_for_the_true_class(classes, smoothing):
    return math.log((1 - smoothing) * (classes - 1) / smoothing)


@smoothing_gap.misconception(
    en="takes the log-odds of 1 − ε", zh="直接取 1 − ε 的对数几率"
)
def binary_odds(classes, smoothing):
    return math.log((1 - smoothing) / smoothing)


@smoothing_gap.misconception(
    en="takes the log-odds of the smoothed target",
    zh="取平滑后目标概率的对数几率",
)
def odds_of_the_target(classes, smoothing):
    p = 1 - smoothing + smoothing / classes
    return math.log(p / (1 - p))


if __name__ == "__main__":
    main()
