"""Wrong labels in numbers: the area under a margin, the posterior of a loss, and the accuracy that needs no memory."""

import torch

from quizapp.proof import Case, Claim, close, curves, main

area_under_margin = Claim(
    "area_under_margin",
    en="AUM is the mean over the epochs of the label's score less the largest other score",
    zh="AUM是各epoch的间隔的平均：标签类的得分减去其余类中的最大得分",
)


@area_under_margin.cases
def recorded_scores(rng):
    for label, zh, shape, shift in (
        ("10 classes", "10个类别", (6, 30, 10), 0.0),
        ("2 classes", "2个类别", (5, 20, 2), 0.0),
        ("1 epoch", "只有1个epoch", (1, 20, 4), 0.0),
        ("all scores negative", "得分全为负", (4, 20, 5), -40.0),
        ("large scores", "得分很大", (4, 20, 5), 1000.0),
    ):
        scores = 3 * torch.randn(shape, dtype=torch.float64) + shift
        yield Case(
            label,
            zh=zh,
            scores=scores.to(rng.device),
            labels=torch.randint(shape[2], shape[1:2]).to(rng.device),
            epochs=shape[0],
            classes=shape[2],
        )


@area_under_margin.observe
def areas(measure, scores, labels):
    return measure(scores, labels)


@area_under_margin.check
def one_by_one(got, case):
    margins = [
        [
            margin(row, label)
            for row, label in zip(rows, labels, strict=True)
        ]
        for rows, labels in (
            (epoch, case.labels.tolist()) for epoch in case.scores.tolist()
        )
    ]
    want = [sum(each) / case.epochs for each in zip(*margins, strict=True)]
    first, last = sorted(range(len(want)), key=want.__getitem__)[
        :: len(want) - 1
    ]
    return [
        # rounding leaves 1e-13 of scores near 1000; the nearest
        # misconception is off by a tenth or more
        close(got, case.scores.new_tensor(want), 1e-6),
        curves(
            range(1, case.epochs + 1),
            {
                ("largest AUM", "AUM最大"): [m[last] for m in margins],
                ("smallest AUM", "AUM最小"): [m[first] for m in margins],
            },
            en="Margins of two samples over the epochs",
            zh="两个样本的间隔随epoch的变化",
        ),
    ]


def margin(row, label):
    return row[label] - max(row[:label] + row[label + 1 :])


@area_under_margin.answer
def aum(scores, labels):
    own = torch.nn.functional.one_hot(labels, scores.shape[2]).bool()
    others = scores.masked_fill(own, -torch.inf).amax(2)
    at_label = scores.masked_fill(~own, 0.0).sum(2)
    return (at_label - others).mean(0)


def at_the_label(scores, labels):
    places = labels.expand(len(scores), -1).unsqueeze(2)
    return scores.gather(2, places).squeeze(2)


@area_under_margin.misconception(
    en="takes the maximum over all classes, the label's included: never above 0",
    zh="在所有类别（含标签类）上取最大值，结果永远不大于0",
)
def maximum_with_its_own(scores, labels):
    return (at_the_label(scores, labels) - scores.amax(2)).mean(0)


@area_under_margin.misconception(
    en="compares with the second largest score, whoever it belongs to",
    zh="总是减去第二大的得分，不管它属于哪一类",
)
def second_largest(scores, labels):
    second = scores.topk(2, 2).values[:, :, 1]
    return (at_the_label(scores, labels) - second).mean(0)


@area_under_margin.misconception(
    en="takes the margin of probabilities, not of scores",
    zh="用softmax概率而不是得分计算间隔",
)
def of_probabilities(scores, labels):
    return aum(scores.softmax(2), labels)


@area_under_margin.misconception(
    en="looks at the last epoch alone",
    zh="只看最后一个epoch",
    on=lambda case: case.epochs > 1,
    because=("with one epoch it is the last", "只有一个epoch时二者相同"),
)
def last_epoch(scores, labels):
    return aum(scores[-1:], labels)


@area_under_margin.misconception(
    en="averages the scores of all epochs first, then takes one margin",
    zh="先对各epoch的得分求平均，再算一次间隔",
    on=lambda case: case.epochs > 1 and case.classes > 2,
    because=(
        "with one epoch or one other class the order does not matter",
        "只有一个epoch或只有一个其他类别时，先后次序无关",
    ),
)
def margin_of_the_mean(scores, labels):
    return aum(scores.mean(0, keepdim=True), labels)


posterior = Claim(
    "posterior",
    en="P(wrong | loss) weighs each component's density by its share: π·p₁ / (π·p₁ + (1 − π)·p₀)",
    zh="P(错标 | 损失) 由各分量的密度乘以其占比得到：π·p₁ / (π·p₁ + (1 − π)·p₀)",
    on="cpu",
)


@posterior.cases
def two_components(rng):
    def draw():
        return {
            "share": rng.choice([10, 20, 25, 40]),
            "a": rng.randint(2, 4),
            "b": rng.randint(2, 4),
            "loss": rng.choice([0.4, 0.5, 0.6, 0.75, 0.8]),
        }

    for _ in range(4):
        given = posterior.telling(draw)
        yield Case(
            f"{given['share']} % wrong, Beta({given['a']}, 1) "
            f"and Beta(1, {given['b']}), loss {given['loss']}",
            zh=f"错标{given['share']}%，Beta({given['a']}, 1) "
            f"与Beta(1, {given['b']})，损失{given['loss']}",
            given=given,
        )


@posterior.truth(rel=0.02)
def by_counting(case):
    """Of all samples whose loss lies within a thousandth of this one, the share that is wrong."""
    share, a, b, loss = (case.given[k] for k in ("share", "a", "b", "loss"))
    low, high = loss - 0.001, loss + 0.001
    wrong = share / 100 * (high**a - low**a)  # Beta(a, 1) has CDF x^a
    right = (1 - share / 100) * ((1 - low) ** b - (1 - high) ** b)
    return wrong / (wrong + right)


@posterior.answer
def bayes(share, a, b, loss):
    wrong = share / 100 * a * loss ** (a - 1)
    right = (1 - share / 100) * b * (1 - loss) ** (b - 1)
    return wrong / (wrong + right)


@posterior.misconception(
    en="forgets the shares: compares the densities alone",
    zh="忘了占比，只比较密度",
)
def densities_alone(share, a, b, loss):
    return bayes(50, a, b, loss)


@posterior.misconception(
    en="leaves out what makes the densities integrate to 1",
    zh="漏掉密度的归一化常数",
)
def without_constants(share, a, b, loss):
    wrong = share / 100 * loss ** (a - 1)
    right = (1 - share / 100) * (1 - loss) ** (b - 1)
    return wrong / (wrong + right)


@posterior.misconception(
    en="takes the right labels' distribution function at the loss",
    zh="把正常分量的分布函数值当作后验",
)
def tail_position(share, a, b, loss):
    return 1 - (1 - loss) ** b


@posterior.misconception(
    en="multiplies by the share, but does not divide by all that have this loss",
    zh="乘了占比，却没有除以该损失处的总密度",
)
def joint(share, a, b, loss):
    return share / 100 * a * loss ** (a - 1)


ceiling = Claim(
    "ceiling",
    en="If a share r of the labels is redrawn among all K classes, knowing the true classes gives a training accuracy of 1 − r·(K − 1)/K",
    zh="若比例r的标签在全部K类中重新随机抽取，则完全掌握真实类别的网络，训练准确率为 1 − r·(K − 1)/K",
    on="cpu",
)


@ceiling.cases
def redrawn_labels(rng):
    def draw():
        return {
            "share": rng.choice([20, 30, 40, 50, 60, 80]),
            "classes": rng.choice([3, 4, 5]),
        }

    for _ in range(4):
        given = ceiling.telling(draw)
        yield Case(
            f"{given['share']} % redrawn, {given['classes']} classes",
            zh=f"重抽{given['share']}%，{given['classes']}个类别",
            given=given,
        )


@ceiling.truth(rel=0.02)
def counted(case):
    """Of 100·K samples of each class, redrawn ones become each of the K classes alike often."""
    share, classes = case.given["share"], case.given["classes"]
    right, total = 0, 0
    for true in range(classes):
        right += (100 - share) * classes  # kept as they are
        total += (100 - share) * classes
        for drawn in range(classes):
            right += share * (drawn == true)
            total += share
    return right / total


@ceiling.answer
def kept_or_hit_again(share, classes):
    wrong = share / 100 * (classes - 1) / classes
    return 1 - wrong


@ceiling.misconception(
    en="every redrawn label is wrong", zh="重抽的标签全都是错的"
)
def all_redrawn_wrong(share, classes):
    return 1 - share / 100


@ceiling.misconception(
    en="100 %: a good network fits its training labels",
    zh="100%：好的网络就该拟合全部训练标签",
)
def everything_fitted(share, classes):
    return 1.0


@ceiling.misconception(
    en="a redrawn label is wrong in one case of K",
    zh="重抽的标签只有1/K会错",
)
def one_in_k_wrong(share, classes):
    return 1 - share / 100 / classes


if __name__ == "__main__":
    main()
