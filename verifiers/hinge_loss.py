"""Hinge loss: computed from a layer's scores and labels of 0 and 1, and for several classes as PyTorch defines it."""

import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, close, main, table

implementation = Claim(
    "implementation",
    en="Hinge loss takes labels ±1: mean of max(0, 1 − y·f), slope −y/n inside the margin and 0 outside",
    zh="合页损失的标签取±1：损失为 max(0, 1 − y·f) 的均值，对得分的梯度在间隔内为 −y/n，间隔外为0",
)


@implementation.cases
def batches(rng):
    for label, zh, kind, places in (
        ("int64 labels", "int64标签", torch.int64, (-2.0, 3.0)),
        ("float32 labels", "float32标签", torch.float32, (-2.0, 3.0)),
        ("uint8 labels", "uint8标签", torch.uint8, (-2.0, 3.0)),
        ("bool labels", "bool标签", torch.bool, (-2.0, 3.0)),
        (
            "all beyond the margin",
            "全部在间隔之外",
            torch.int64,
            (1.1, 3.0),
        ),
        ("all misclassified", "全部分错", torch.int64, (-3.0, -0.1)),
    ):
        n = rng.randint(8, 16)
        labels = torch.tensor(
            [1, 0] + [rng.randint(0, 1) for _ in range(n - 2)]
        )
        # z = y·f keeps away from the kink, where every slope between −y/n and 0 is right
        z = torch.tensor(
            [away_from_one(rng, *places) for _ in range(n)],
            dtype=torch.float64,
        )
        if places == (-2.0, 3.0):
            z[:4] = torch.tensor(
                [0.5, 0.5, 2.0, 2.0]
            )  # each class on both sides
            labels[2:4] = torch.tensor([1, 0])
        scores = (z * (2 * labels - 1)).unsqueeze(1)
        yield Case(
            label,
            zh=zh,
            scores=scores.to(rng.device),
            labels=labels.to(rng.device, kind),
            z=z,
        )


def away_from_one(rng, low, high):
    while True:
        z = rng.uniform(low, high)
        if abs(z - 1) > 0.05:
            return z


@implementation.observe
def value_and_gradient(loss, scores, labels):
    scores = scores.clone().requires_grad_()
    value = loss(scores, labels)
    value.backward()
    return value.detach(), scores.grad


@implementation.check
def sample_by_sample(seen, case):
    got, grad = seen
    n = len(case.z)
    losses, slopes = [], []
    for z, label in zip(case.z.tolist(), case.labels.tolist(), strict=True):
        losses.append(max(0.0, 1 - z))
        slopes.append((-1 if label else 1) / n if z < 1 else 0.0)
    want = case.scores.new_tensor(sum(losses) / n)
    rows = [
        (int(label), z, loss)
        for label, z, loss in zip(
            case.labels.tolist()[:4], case.z.tolist(), losses, strict=False
        )
    ]
    return [
        # sums of 16 numbers round at 1e-16; a misconception's gradient
        # or loss is off by 2 % or more on each of 200 seeds
        close(
            got, want, 1e-6, en="loss, relative error", zh="损失的相对误差"
        ),
        close(
            grad,
            case.scores.new_tensor(slopes).unsqueeze(1),
            1e-6,
            en="gradient, relative error",
            zh="梯度的相对误差",
        ),
        table(
            (("label", "标签"), "z = y·f", ("loss", "损失")),
            rows,
            en="The first samples",
            zh="前几个样本",
        ),
    ]


@implementation.answer
def hinge_loss(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1  # 0 and 1 become -1 and 1
    z = y * scores.squeeze(1)
    return (1 - z).clamp(min=0).mean()


@implementation.misconception(
    en="multiplies by the labels 0 and 1 as they are",
    zh="直接用0/1标签去乘",
)
def labels_as_they_are(scores, labels):
    return (1 - labels * scores.squeeze(1)).clamp(min=0).mean()


@implementation.misconception(
    en="takes nn.HingeEmbeddingLoss for the SVM's loss",
    zh="以为nn.HingeEmbeddingLoss就是SVM的损失",
)
def hinge_embedding(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    return F.hinge_embedding_loss(scores.squeeze(1), y)


@implementation.misconception(
    en="lets (n, 1) scores and (n,) labels broadcast to n×n",
    zh="(n, 1)的得分与(n,)的标签广播成了n×n",
)
def broadcast(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    return (1 - y * scores).clamp(min=0).mean()


@implementation.misconception(
    en="punishes wrong signs only, without a margin",
    zh="只惩罚符号错误，没有间隔",
    on=lambda case: bool((case.z < 1).any()),
    because=("beyond the margin both are 0", "间隔之外两者都为0"),
)
def perceptron(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    return (-y * scores.squeeze(1)).clamp(min=0).mean()


@implementation.misconception(
    en="rewards scores beyond the margin too: no maximum",
    zh="没有取max，间隔之外也继续奖励",
    on=lambda case: bool((case.z > 1).any()),
    because=(
        "inside the margin the maximum changes nothing",
        "间隔以内取不取max都一样",
    ),
)
def without_the_maximum(scores, labels):
    y = 2 * labels.to(scores.dtype) - 1
    return (1 - y * scores.squeeze(1)).mean()


@implementation.misconception(
    en="maps uint8 labels in uint8, where 2·0 − 1 is 255",
    zh="在uint8里换算标签，2·0 − 1 变成255",
    on=lambda case: case.labels.dtype == torch.uint8,
    because=("other types have a −1", "其他类型能表示−1"),
)
def wraps_around(scores, labels):
    return (1 - (2 * labels - 1) * scores.squeeze(1)).clamp(min=0).mean()


multi_margin = Claim(
    "multi_margin",
    en="nn.MultiMarginLoss is Σ max(0, 1 − x_y + x_j) over the wrong classes j, divided by the number of all classes",
    zh="nn.MultiMarginLoss = 对所有错误类j求和 Σ max(0, 1 − x_y + x_j)，再除以类别总数",
    on="cpu",
)


@multi_margin.cases
def score_lists(rng):
    def draw():
        classes = rng.randint(4, 5)
        scores = [rng.randint(-10, 25) / 10 for _ in range(classes)]
        return {"scores": scores, "target": rng.randrange(classes)}

    for _ in range(4):
        given = multi_margin.telling(draw)
        yield Case(
            f"{given['scores']}, class {given['target']}",
            zh=f"{given['scores']}，类别 {given['target']}",
            given=given,
        )


@multi_margin.truth(rel=0.02)
def torch_loss(case):
    scores = torch.tensor([case.given["scores"]], dtype=torch.float64)
    return nn.MultiMarginLoss()(
        scores, torch.tensor([case.given["target"]])
    ).item()


@multi_margin.answer
def sum_over_all_classes(scores, target):
    return sum(violations(scores, target)) / len(scores)


def violations(scores, target):
    """By how much each wrong class comes nearer to the right one than a margin of 1."""
    return [
        max(0.0, 1 - scores[target] + each)
        for j, each in enumerate(scores)
        if j != target
    ]


@multi_margin.misconception(
    en="sums over the wrong classes without dividing", zh="求和之后没有除"
)
def sums(scores, target):
    return sum(violations(scores, target))


@multi_margin.misconception(
    en="divides by the number of wrong classes, K − 1",
    zh="除以错误类的个数 K − 1",
)
def mean_of_the_wrong(scores, target):
    return sum(violations(scores, target)) / (len(scores) - 1)


@multi_margin.misconception(
    en="counts the right class too, with its 1",
    zh="把正确类自己的1也算进去",
)
def with_the_right_class(scores, target):
    return (sum(violations(scores, target)) + 1) / len(scores)


@multi_margin.misconception(
    en="takes the best wrong class only (Crammer and Singer)",
    zh="只看得分最高的错误类（Crammer–Singer）",
)
def worst_only(scores, target):
    return max(violations(scores, target))


if __name__ == "__main__":
    main()
