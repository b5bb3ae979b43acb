"""Statistics of a batch that lies in shards: merging them, their noise, and what float32 does to them."""

import torch
from torch import nn

from quizapp.proof import Case, Claim, close, main, table

merge = Claim(
    "merge",
    en="Counts, means and biased variances of shards give those of the whole batch: σ² = E[σₖ²] + Var(μₖ), weighted",
    zh="由各卡的样本数、均值和有偏方差可精确合并出全局统计量：σ² = E[σₖ²] + Var(μₖ)，按样本数加权",
    on="cpu",
)


@merge.cases
def batches(rng):
    for label, counts, offset, dtype, rel in (
        ("four equal shards", (8, 8, 8, 8), 0, torch.float64, 1e-10),
        ("unequal shards", (3, 11, 6), 0, torch.float64, 1e-10),
        ("one shard", (12,), 0, torch.float64, 1e-10),
        ("an empty shard", (5, 0, 9), 0, torch.float64, 1e-10),
        ("single samples", (1, 1, 1, 1, 1), 0, torch.float64, 1e-10),
        # the means themselves are rounded to 6e-8 × 1e4 = 6e-4 σ; Σx² loses 6e-8 × 1e8 = 6 σ²
        ("mean/std = 1e4, float32", (2, 5, 1), 1e4, torch.float32, 0.01),
    ):
        scale = rng.uniform(0.5, 2)
        parts = [
            (torch.randn(n, 16, dtype=torch.float64) + 0.7 * rank * rng.choice([-1, 1]) + offset) * scale
            for rank, n in enumerate(counts)
        ]
        yield Case(label, parts=parts, counts=torch.tensor(counts, dtype=dtype), dtype=dtype, rel=rel, offset=offset)


@merge.check
def whole_batch(merge_stats, case):
    whole = torch.cat(case.parts)
    means = torch.stack([part.mean(0) if len(part) else torch.zeros(16).double() for part in case.parts])
    variances = torch.stack(
        [part.var(0, correction=0) if len(part) else torch.zeros(16).double() for part in case.parts]
    )
    mean, var = merge_stats(case.counts, means.to(case.dtype), variances.to(case.dtype))
    tight = 1e-10 if case.dtype == torch.float64 else 1e-5
    return [
        close(mean, whole.mean(0), tight, en="mean, relative error", zh="均值相对误差"),
        close(var, whole.var(0, correction=0), case.rel, en="variance, relative error", zh="方差相对误差"),
    ]


@merge.answer
def merge_stats(counts, means, variances):
    weights = (counts / counts.sum()).unsqueeze(1)
    mean = (weights * means).sum(0)
    var = (weights * (variances + (means - mean) ** 2)).sum(0)
    return mean, var


def several(case):
    return sum(case.counts > 0) > 1


@merge.misconception(
    en="averages the variances and forgets how the means differ",
    zh="只对方差加权平均，漏掉均值之间的差异",
    on=several,
    because=("one shard has no second mean to differ from", "只有一个分片时没有均值差异"),
)
def averages_the_variances(counts, means, variances):
    weights = (counts / counts.sum()).unsqueeze(1)
    return (weights * means).sum(0), (weights * variances).sum(0)


@merge.misconception(
    en="weighs all shards equally",
    zh="各分片等权",
    on=lambda case: len(set(case.counts.tolist())) > 1,
    because=("shards of one size have equal weights", "样本数相同时本来就等权"),
)
def ignores_the_counts(_counts, means, variances):
    mean = means.mean(0)
    return mean, (variances + (means - mean) ** 2).mean(0)


@merge.misconception(
    en="goes through E[x²] − E[x]² in float32",
    zh="在float32下用 E[x²] − E[x]²",
    on=lambda case: case.offset > 0,
    because=("cancellation needs a mean that is large against the deviation", "均值远大于标准差时才会相消"),
)
def subtracts_squares(counts, means, variances):
    weights = (counts / counts.sum()).unsqueeze(1)
    mean = (weights * means).sum(0)
    return mean, (weights * (variances + means**2)).sum(0) - mean**2


@merge.misconception(
    en="corrects the merged variance by N/(N−1), which only running_var wants",
    zh="把合并后的方差乘N/(N−1)：无偏修正只用于滑动方差",
)
def corrects_the_bias(counts, means, variances):
    mean, var = merge_stats(counts, means, variances)
    return mean, var * counts.sum() / (counts.sum() - 1)


cancellation = Claim(
    "cancellation",
    en="In float32, merging (count, mean, variance) keeps the variance where Σx and Σx² lose it",
    zh="float32下，合并(样本数, 均值, 方差)能保住方差，而用Σx与Σx²会因相消而丢失",
    on="cpu",
)


def far_from_zero(ratio, dtype=torch.float32):
    """Three shards of 16 channels whose mean is ``ratio`` standard deviations."""
    return [(torch.randn(n, 16, dtype=torch.float64) + ratio).to(dtype) for n in (96, 256, 160)]


@cancellation.cases
def ratios(rng):
    for ratio in (1e3, 3e3, 1e4):
        yield Case(f"mean/std = {ratio:.0e}", parts=far_from_zero(ratio * rng.uniform(1, 1.5)))


@cancellation.check
def keeps_the_variance(variance, case):
    def error(parts):
        want = torch.cat(parts).double().var(0, correction=0)
        return want, variance(parts), float((variance(parts) / want - 1).abs().max())

    want, got, _ = error(case.parts)
    rows = [(f"{ratio:.0e}", error(far_from_zero(ratio))[2]) for ratio in (1, 10, 100, 1e3, 1e4)]
    return [
        close(got.double(), want, 1e-2, en="variance, relative error", zh="方差相对误差"),
        table(("mean/std", "error"), rows, en="Error of the variance by mean/std", zh="方差误差随 均值/标准差 的变化"),
    ]


@cancellation.answer
def merges_moments(shards):
    counts = torch.tensor([float(len(shard)) for shard in shards])
    means = torch.stack([shard.mean(0) for shard in shards])
    variances = torch.stack([shard.var(0, correction=0) for shard in shards])
    return merge_stats(counts, means, variances)[1]


def raw_moments(shards):
    """Σx/N and Σx²/N, as one all_reduce of two sums would give them."""
    total = sum(len(shard) for shard in shards)
    return sum(shard.sum(0) for shard in shards) / total, sum(shard.square().sum(0) for shard in shards) / total


@cancellation.misconception(en="adds up Σx and Σx² in float32", zh="在float32下累加Σx与Σx²")
def adds_up_squares(shards):
    mean, square = raw_moments(shards)
    return square - mean**2


@cancellation.misconception(en="clamps a negative result at zero", zh="出现负方差就截断到0")
def clamps_at_zero(shards):
    mean, square = raw_moments(shards)
    return (square - mean**2).clamp(min=0)


@cancellation.misconception(en="relies on ε to absorb the rounding", zh="指望ε吸收舍入误差")
def relies_on_epsilon(shards):
    mean, square = raw_moments(shards)
    return square - mean**2 + 1e-5


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
            if all(apart(merged_variance(**given), wrong(**given)) for wrong in WRONG_MERGES):
                break
        yield Case(f"draw {number + 1}", given=given)


def apart(right, wrong):
    """Whether a wrong number is clearly another number: 5 % away at least."""
    return abs(wrong / right - 1) > 0.05


@global_variance.truth(rel=0.005)
def over_all_samples(case):
    """Samples that have just these statistics, put together on one card."""
    return torch.cat([samples(*card) for card in zip(*case.given.values(), strict=True)]).var(correction=0)


def samples(count, mean, variance):
    x = torch.randn(count, dtype=torch.float64)
    x = (x - x.mean()) / x.std(correction=0)
    return mean + variance**0.5 * x


@global_variance.answer
def merged_variance(counts, means, variances):
    total = sum(counts)
    mean = sum(n * m for n, m in zip(counts, means, strict=True)) / total
    return sum(n * (v + (m - mean) ** 2) for n, m, v in zip(counts, means, variances, strict=True)) / total


@global_variance.misconception(en="averages the three variances", zh="三个方差直接取平均")
def plain_average(counts, means, variances):
    return sum(variances) / 3


@global_variance.misconception(
    en="weighs the variances by count and forgets the means", zh="方差按样本数加权，但漏掉均值差异"
)
def weighted_average(counts, means, variances):
    return sum(n * v for n, v in zip(counts, variances, strict=True)) / sum(counts)


@global_variance.misconception(
    en="adds the variance of the means, all with equal weights", zh="加上了均值的方差，但全部等权"
)
def equal_weights(counts, means, variances):
    mean = sum(means) / 3
    return sum(v + (m - mean) ** 2 for m, v in zip(means, variances, strict=True)) / 3


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
        given = {"momentum": rng.choice([0.2, 0.25, 0.3, 0.35, 0.4]), "last": size - 1, "half": size // 2}
        yield Case(f"values 0..{size - 1}", given=given)


@running_variance.truth(rel=0.005)
def after_one_step(case):
    bn = nn.BatchNorm1d(1, momentum=case.given["momentum"])
    bn(torch.arange(case.given["last"] + 1.0).unsqueeze(1))
    return bn.running_var.item()


@running_variance.answer
def unbiased(momentum, last, half):
    n = last + 1
    return (1 - momentum) + momentum * n * (n + 1) / 12


@running_variance.misconception(en="takes the biased variance", zh="用了有偏方差")
def biased(momentum, last, half):
    n = last + 1
    return (1 - momentum) + momentum * (n * n - 1) / 12


@running_variance.misconception(en="averages what each card would have stored alone", zh="把两卡各自的滑动方差取平均")
def each_card_alone(momentum, last, half):
    return (1 - momentum) + momentum * half * (half + 1) / 12


@running_variance.misconception(
    en="reads momentum as the share of the old value, as optimisers do", zh="把momentum当成旧值的权重（优化器的习惯）"
)
def keeps_momentum(momentum, last, half):
    n = last + 1
    return momentum + (1 - momentum) * n * (n + 1) / 12


noise = Claim(
    "noise",
    en="The mean that one card sees scatters by σ/√n with n its own batch: the number of cards does not help",
    zh="单卡均值的波动是 σ/√n，n 是该卡自己的批大小；卡再多也没用",
    on="cpu",
)


@noise.cases
def clusters(rng):
    for batch in rng.sample([2, 4, 8, 16], 3):
        given = {"cards": rng.choice([4, 16, 64]), "batch": batch, "sigma": rng.rounded(1, 3, 1)}
        yield Case(f"{given['cards']} cards × {batch}", given=given)


@noise.truth(rel=0.05)  # 40 000 cards give the deviation to 0.4 %
def measured_on_many_cards(case):
    return case.given["sigma"] * torch.randn(40_000, case.given["batch"]).mean(1).std().item()


@noise.answer
def by_the_cards_own_batch(cards, batch, sigma):
    return sigma / batch**0.5


@noise.misconception(en="counts on the total batch", zh="按总批大小计算")
def by_the_total_batch(cards, batch, sigma):
    return sigma / (cards * batch) ** 0.5


@noise.misconception(en="divides by n, not by its root", zh="除以n而不是√n")
def without_the_root(cards, batch, sigma):
    return sigma / batch


@noise.misconception(en="takes σ itself: a batch does not average anything", zh="直接取σ：以为批均值不降低波动")
def of_one_sample(cards, batch, sigma):
    return sigma


if __name__ == "__main__":
    main()
