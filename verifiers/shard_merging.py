"""Merging the statistics of shards, and what float32 does to sums of squares."""

import torch

from quizapp.proof import Case, Claim, close, main, table

merge = Claim(
    "merge",
    en="Counts, means and biased variances of shards give those of the whole batch: σ² = E[σₖ²] + Var(μₖ), weighted",
    zh="由各卡的样本数、均值和有偏方差可精确合并出全局统计量：σ² = E[σₖ²] + Var(μₖ)，按样本数加权",
    on="cpu",
)

SHARDS_ZH = {
    "four equal shards": "四个等大的分片",
    "unequal shards": "大小不等的分片",
    "one shard": "只有一个分片",
    "an empty shard": "含一个空分片",
    "single samples": "每个分片一个样本",
    "mean/std = 1e4, float32": "均值/标准差 = 1e4，float32",
}


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
            (
                torch.randn(n, 16, dtype=torch.float64)
                + 0.7 * rank * rng.choice([-1, 1])
                + offset
            )
            * scale
            for rank, n in enumerate(counts)
        ]
        means, variances = moments(parts)
        yield Case(
            label,
            zh=SHARDS_ZH[label],
            parts=parts,
            counts=torch.tensor(counts, dtype=dtype),
            means=means.to(dtype),
            variances=variances.to(dtype),
            dtype=dtype,
            rel=rel,
            offset=offset,
        )


def moments(parts):
    """Means and biased variances, one row a shard; zeros for an empty one."""
    none = torch.zeros(16, dtype=torch.float64)
    means = [part.mean(0) if len(part) else none for part in parts]
    variances = [
        part.var(0, correction=0) if len(part) else none for part in parts
    ]
    return torch.stack(means), torch.stack(variances)


@merge.observe
def merged(merger, counts, means, variances):
    mean, var = merger(counts, means, variances)
    return mean, var


@merge.check
def whole_batch(seen, case):
    whole, (mean, var) = torch.cat(case.parts), seen
    tight = 1e-10 if case.dtype == torch.float64 else 1e-5
    return [
        close(
            mean,
            whole.mean(0),
            tight,
            en="mean, relative error",
            zh="均值相对误差",
        ),
        close(
            var,
            whole.var(0, correction=0),
            case.rel,
            en="variance, relative error",
            zh="方差相对误差",
        ),
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
    because=(
        "one shard has no second mean to differ from",
        "只有一个分片时没有均值差异",
    ),
)
def averages_the_variances(counts, means, variances):
    weights = (counts / counts.sum()).unsqueeze(1)
    return (weights * means).sum(0), (weights * variances).sum(0)


@merge.misconception(
    en="weighs all shards equally",
    zh="各分片等权",
    on=lambda case: len(set(case.counts.tolist())) > 1,
    because=(
        "shards of one size have equal weights",
        "样本数相同时本来就等权",
    ),
)
def ignores_the_counts(_counts, means, variances):
    mean = means.mean(0)
    return mean, (variances + (means - mean) ** 2).mean(0)


@merge.misconception(
    en="goes through E[x²] − E[x]² in float32",
    zh="在float32下用 E[x²] − E[x]²",
    on=lambda case: case.offset > 0,
    because=(
        "cancellation needs a mean that is large against the deviation",
        "均值远大于标准差时才会相消",
    ),
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
    zh="float32下，合并（样本数、均值、方差）能保住方差，而用Σx与Σx²会因相消而丢失",
    on="cpu",
)


def far_from_zero(ratio, dtype=torch.float32):
    """Three shards of 16 channels whose mean is ``ratio`` standard deviations."""
    return [
        (torch.randn(n, 16, dtype=torch.float64) + ratio).to(dtype)
        for n in (96, 256, 160)
    ]


@cancellation.cases
def ratios(rng):
    for ratio in (1e3, 3e3, 1e4):
        yield Case(
            f"mean/std = {ratio:.0e}",
            zh=f"均值/标准差 = {ratio:.0e}",
            parts=far_from_zero(ratio * rng.uniform(1, 1.5)),
        )


@cancellation.check
def keeps_the_variance(variance, case):
    def error(parts):
        want = torch.cat(parts).double().var(0, correction=0)
        return (
            want,
            variance(parts),
            float((variance(parts) / want - 1).abs().max()),
        )

    want, got, _ = error(case.parts)
    rows = [
        (f"{ratio:.0e}", error(far_from_zero(ratio))[2])
        for ratio in (1, 10, 100, 1e3, 1e4)
    ]
    return [
        close(
            got.double(),
            want,
            1e-2,
            en="variance, relative error",
            zh="方差相对误差",
        ),
        table(
            (("mean/std", "均值/标准差"), ("error", "误差")),
            rows,
            en="Error of the variance by mean/std",
            zh="方差误差随 均值/标准差 的变化",
        ),
    ]


@cancellation.answer
def merges_moments(shards):
    counts = torch.tensor([float(len(shard)) for shard in shards])
    means = torch.stack([shard.mean(0) for shard in shards])
    variances = torch.stack(
        [shard.var(0, correction=0) for shard in shards]
    )
    return merge_stats(counts, means, variances)[1]


def raw_moments(shards):
    """Σx/N and Σx²/N, as one all_reduce of two sums would give them."""
    total = sum(len(shard) for shard in shards)
    return sum(shard.sum(0) for shard in shards) / total, sum(
        shard.square().sum(0) for shard in shards
    ) / total


@cancellation.misconception(
    en="adds up Σx and Σx² in float32", zh="在float32下累加Σx与Σx²"
)
def adds_up_squares(shards):
    mean, square = raw_moments(shards)
    return square - mean**2


@cancellation.misconception(
    en="clamps a negative result at zero", zh="出现负方差就截断到0"
)
def clamps_at_zero(shards):
    mean, square = raw_moments(shards)
    return (square - mean**2).clamp(min=0)


@cancellation.misconception(
    en="relies on ε to absorb the rounding", zh="指望ε吸收舍入误差"
)
def relies_on_epsilon(shards):
    mean, square = raw_moments(shards)
    return square - mean**2 + 1e-5


if __name__ == "__main__":
    main()
