"""Where two views are joined: what scores, a linear layer and a hidden layer can learn of their interplay."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    digits,
    main,
    table,
)

interplay = Claim(
    "interplay",
    en="A label that depends on two views jointly is learned from concatenated features behind a hidden layer, not from "
    "averaged scores, nor by one linear layer on the concatenation",
    zh="标签取决于两个视图的组合时，拼接特征后接带隐藏层的网络能学会；平均两个分类器的得分、或在拼接上只接一个线性层，都学不会",
)

TRAIN, TEST = 600, 1000
FUSIONS = {  # Chinese label, what is joined, and what follows
    "average of two classifiers' scores": (
        "平均两个分类器的得分",
        "scores",
        "average",
    ),
    "concatenated features, one linear layer": (
        "拼接特征，一个线性层",
        "features",
        "linear",
    ),
    "concatenated features, a hidden layer": (
        "拼接特征，带隐藏层",
        "features",
        "hidden",
    ),
    "features gated by each other, one linear layer": (
        "特征相互门控，一个线性层",
        "features",
        "gate",
    ),
}

SIGNS = (
    "½(c(f(x)) + c(g(y)))",
    "[x, y] → W",
    "[x, y] → hidden → W",
    "f(x)·g(y) → W",
)


@interplay.cases
def pairs_of_digits(rng):
    images, labels = digits()
    # two images a sample, each a 0 or a 1; the label is whether they differ, of which one image says nothing
    zeros, ones = (
        (labels == k).nonzero().flatten().tolist() for k in (0, 1)
    )
    order = torch.tensor([pick(rng, zeros, ones) for _ in range(2)])
    views = images[order].flatten(2)
    views = (views - views.mean((0, 1))).to(rng.device)
    y = (labels[order[0]] != labels[order[1]]).float().to(rng.device)
    found = {
        label: trained_and_ranked(views, y, follows)
        for label, (_, _, follows) in FUSIONS.items()
    }
    for label, (zh, joined, follows) in FUSIONS.items():
        yield Case(
            label, zh=zh, joined=joined, follows=follows, found=found
        )


def pick(rng, zeros, ones):
    """Images of 0 and 1, as often the one as the other; those to test are none of those to train."""
    kinds = [rng.choice((zeros, ones)) for _ in range(TRAIN + TEST)]
    return [
        rng.choice(kind[:90] if n < TRAIN else kind[90:])
        for n, kind in enumerate(kinds)
    ]


def trained_and_ranked(views, y, follows, steps=60, lr=0.3):
    """How often, on new images, a pair that differs gets a higher score than one that does not."""
    hidden = 16
    start = [torch.randn(2, 64, hidden) / 8, torch.zeros(2, 1, hidden)]
    start += [torch.randn(2, hidden, 1) / 4, torch.zeros(2, 1, 1)]
    net = [each.to(y.device).requires_grad_() for each in start]
    speed = [torch.zeros_like(each) for each in net]
    for _ in range(steps):
        scores = NETWORKS[follows](views[:, :TRAIN], *net)
        losses = binary_cross_entropy_with_logits(
            scores, y[:TRAIN].expand_as(scores)
        )
        slopes = torch.autograd.grad(losses, net, materialize_grads=True)
        with torch.no_grad():
            for weight, move, slope in zip(net, speed, slopes, strict=True):
                move.mul_(0.9).add_(slope)
                weight.sub_(lr * move)
    scores = NETWORKS[follows](views[:, TRAIN:], *net).detach()
    differ, score = y[TRAIN:].bool(), scores.sigmoid().mean(0)
    return (score[differ][:, None] > score[~differ]).float().mean().item()


def late(views, w, b, v, c):
    """Two networks, one a view, each trained on the label by itself: two rows of scores."""
    return ((views @ w + b).relu() @ v + c).squeeze(-1)


def linear(views, w, b, v, c):
    """[x, y]·W is x·W₁ + y·W₂: one row of scores."""
    return (views @ w[..., :1] + c).sum(0).T


def hidden_layer(views, w, b, v, c):
    joined = (views @ w + b).sum(0)  # the first layer on [x, y]
    return (joined.relu() @ v[0] + c[0]).T


def gate(views, w, b, v, c):
    one, other = views @ w + b
    return ((one * other) @ v[0] + c[0]).T


NETWORKS = {
    "average": late,
    "linear": linear,
    "hidden": hidden_layer,
    "gate": gate,
}


@interplay.observe
def told(learns, joined, follows):
    return learns(joined, follows)


@interplay.check
def away_from_chance(predicted, case):
    rows = [
        (sign, f"{case.found[name]:.1%}")
        for name, sign in zip(FUSIONS, SIGNS, strict=True)
    ]
    return [
        # over 200 seeds: within 0.06 of chance where nothing is learned, else 0.48 from it
        at_least_if(
            predicted,
            abs(case.found[case.label] - 0.5),
            0.17,
            en="share of pairs ranked right, away from the chance of 1/2",
            zh="排序正确的比例与瞎猜（1/2）的差距",
        ),
        table(
            (("fusion", "融合方式"), ("ranked right", "排序正确")),
            rows,
            en="Do two handwritten digits differ? Does the score rank a yes above a no?",
            zh="两个手写数字是否不同？得分能否把“是”排在“否”之前？",
        ),
    ]


@interplay.answer
def joined_before_a_product_or_kink(joined, follows):
    return joined == "features" and follows in ("hidden", "gate")


@interplay.misconception(
    en="concatenation in front of fully connected layers is late fusion: it cannot see the interplay",
    zh="拼接后再接全连接网络属于后融合，学不到两者的组合",
    on=lambda case: case.follows == "hidden",
    because=(
        "it errs where a hidden layer follows",
        "只在后接隐藏层时出错",
    ),
)
def concatenation_is_late(joined, follows):
    return follows == "gate"


@interplay.misconception(
    en="concatenated features interact, a linear layer suffices",
    zh="特征一拼接就会交互，后面接一个线性层就够了",
    on=lambda case: case.follows == "linear",
    because=("behind hidden layers they do", "后接隐藏层时确实会交互"),
)
def concatenation_suffices(joined, follows):
    return joined == "features"


@interplay.misconception(
    en="averaged scores hold all that the features do",
    zh="得分已包含特征的全部信息，平均得分效果一样",
    on=lambda case: case.joined == "scores",
    because=("it errs on scores", "它只在得分融合上出错"),
)
def scores_hold_it_all(joined, follows):
    return follows != "linear"


if __name__ == "__main__":
    main()
