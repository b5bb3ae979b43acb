"""Numbers of a batch that lies in shards: its variance, its running variance, its noise."""

import torch
from torch import nn

from quizapp.proof import Case, Claim, main

global_variance = Claim(
    "global_variance",
    en="The variance over three cards is the weighted mean of variances plus the weighted variance of means",
    zh="三张卡的全局方差 = 各卡方差的加权平均 + 各卡均值的加权方差",
    on="cpu",
)


@global_variance.cases
def three_cards(rng):
    for number in range(3):
        while True:
            given = {
                "counts": [rng.randint(1, 5) * 2 for _ in range(3)],
                "means": [rng.randint(-3, 3) for _ in range(3)],
                "variances": [rng.randint(1, 4) for _ in range(3)],
            }
            if all(
                apart(merged_variance(**given), wrong(**given))
                for wrong in WRONG_MERGES
            ):
                break
        yield Case(
            f"draw {number + 1}", zh=f"第 {number + 1} 次抽取", given=given
        )


def apart(right, wrong):
    """Whether a wrong number is clearly another number: 5 % away at least."""
    return abs(wrong / right - 1) > 0.05


@global_variance.truth(rel=0.005)
def over_all_samples(case):
    """Samples that have just these statistics, put together on one card."""
    return torch.cat(
        [samples(*card) for card in zip(*case.given.values(), strict=True)]
    ).var(correction=0)


def samples(count, mean, variance):
    x = torch.randn(count, dtype=torch.float64)
    x = (x - x.mean()) / x.std(correction=0)
    return mean + variance**0.5 * x


@global_variance.answer
def merged_variance(counts, means, variances):
    total = sum(counts)
    mean = sum(n * m for n, m in zip(counts, means, strict=True)) / total
    return (
        sum(
            n * (v + (m - mean) ** 2)
            for n, m, v in zip(counts, means, variances, strict=True)
        )
        / total
    )


@global_variance.misconception(
    en="averages the three variances", zh="三个方差直接取平均"
)
def plain_average(counts, means, variances):
    return sum(variances) / 3


@global_variance.misconception(
    en="weighs the variances by count and forgets the means",
    zh="方差按样本数加权，但漏掉均值差异",
)
def weighted_average(counts, means, variances):
    return sum(n * v for n, v in zip(counts, variances, strict=True)) / sum(
        counts
    )


@global_variance.misconception(
    en="adds the variance of the means, all with equal weights",
    zh="加上了均值的方差，但全部等权",
)
def equal_weights(counts, means, variances):
    mean = sum(means) / 3
    return (
        sum(
            v + (m - mean) ** 2
            for m, v in zip(means, variances, strict=True)
        )
        / 3
    )


WRONG_MERGES = (plain_average, weighted_average, equal_weights)


running_variance = Claim(
    "running_variance",
    en="After one step running_var is (1 − m)·1 + m·s², with s² the unbiased variance of the whole batch",
    zh="一步之后 running_var = (1 − m)·1 + m·s²，其中 s² 是整个批次的无偏方差",
    on="cpu",
)


@running_variance.cases
def first_steps(rng):
    for size in rng.sample([4, 6, 8, 10], 3):
        given = {
            "momentum": rng.choice([0.2, 0.25, 0.3, 0.35, 0.4]),
            "last": size - 1,
            "half": size // 2,
        }
        yield Case(
            f"values 0..{size - 1}", zh=f"取值 0..{size - 1}", given=given
        )


@running_variance.truth(rel=0.005)
def after_one_step(case):
    bn = nn.BatchNorm1d(1, momentum=case.given["momentum"])
    bn(torch.arange(case.given["last"] + 1.0).unsqueeze(1))
    return bn.running_var.item()


@running_variance.answer
def unbiased(momentum, last, half):
    n = last + 1
    return (1 - momentum) + momentum * n * (n + 1) / 12


@running_variance.misconception(
    en="takes the biased variance", zh="用了有偏方差"
)
def biased(momentum, last, half):
    n = last + 1
    return (1 - momentum) + momentum * (n * n - 1) / 12


@running_variance.misconception(
    en="averages what each card would have stored alone",
    zh="把两卡各自的滑动方差取平均",
)
def each_card_alone(momentum, last, half):
    return (1 - momentum) + momentum * half * (half + 1) / 12


@running_variance.misconception(
    en="reads momentum as the share of the old value, as optimisers do",
    zh="把momentum当成旧值的权重（优化器的习惯）",
)
def keeps_momentum(momentum, last, half):
    n = last + 1
    return momentum + (1 - momentum) * n * (n + 1) / 12


noise = Claim(
    "noise",
    en="The mean that one card sees scatters by σ/√n with n its own batch: the number of cards does not help",
    zh="单卡均值的波动是 σ/√n，n 是该卡自己的批大小；增加卡数没有帮助",
    on="cpu",
)


@noise.cases
def clusters(rng):
    for batch in rng.sample([2, 4, 8, 16], 3):
        given = {
            "cards": rng.choice([4, 16, 64]),
            "batch": batch,
            "sigma": rng.rounded(1, 3, 1),
        }
        yield Case(
            f"{given['cards']} cards × {batch}",
            zh=f"{given['cards']} 张卡 × {batch}",
            given=given,
        )


@noise.truth(rel=0.05)  # 40 000 cards give the deviation to 0.4 %
def measured_on_many_cards(case):
    return (
        case.given["sigma"]
        * torch.randn(40_000, case.given["batch"]).mean(1).std().item()
    )


@noise.answer
def by_the_cards_own_batch(cards, batch, sigma):
    return sigma / batch**0.5


@noise.misconception(en="counts on the total batch", zh="按总批大小计算")
def by_the_total_batch(cards, batch, sigma):
    return sigma / (cards * batch) ** 0.5


@noise.misconception(en="divides by n, not by its root", zh="除以n而不是√n")
def without_the_root(cards, batch, sigma):
    return sigma / batch


@noise.misconception(
    en="takes σ itself: a batch does not average anything",
    zh="直接取σ：以为批均值不降低波动",
)
def of_one_sample(cards, batch, sigma):
    return sigma


if __name__ == "__main__":
    main()
