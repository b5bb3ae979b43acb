"""Synchronised BatchNorm over real processes is one BatchNorm over the whole batch."""

import copy

import torch
import torch.distributed as dist
from torch import nn

from quizapp.proof import Case, Claim, close, main, run_ranks

ALL_BUT_CHANNELS = (0, 2, 3)

one_batch = Claim(
    "one_batch",
    en="SyncBN over several ranks computes what one BatchNorm computes on the whole batch, forward and backward",
    zh="多卡SyncBN的前向与反向，等价于在整个批次上做一次BN",
    on="cpu",
)


@one_batch.cases
def shards(rng):
    for label, zh, counts, size in (
        ("2 ranks, 3 + 3 images", "2 卡，3 + 3 张图像", (3, 3), 4),
        (
            "3 ranks, 1 + 5 + 2 images",
            "3 卡，1 + 5 + 2 张图像",
            (1, 5, 2),
            4,
        ),
        (
            "3 ranks, 4 + 1 + 2 vectors (1×1)",
            "3 卡，4 + 1 + 2 个向量（1×1）",
            (4, 1, 2),
            1,
        ),
    ):
        channels = rng.randint(2, 5)
        # each rank sees other data: the local means lie about one standard deviation apart
        parts = [
            rng.uniform(0.5, 2)
            * torch.randn(n, channels, size, size, dtype=torch.float64)
            + rng.choice([-1, 1]) * (1 + rank)
            for rank, n in enumerate(counts)
        ]
        bn = nn.BatchNorm2d(
            channels,
            eps=rng.choice([1e-5, 1e-3]),
            momentum=rng.choice([0.1, 0.3]),
        ).double()
        nn.init.uniform_(bn.weight, 0.5, 2)
        nn.init.normal_(bn.bias)
        nn.init.uniform_(bn.running_var, 0.5, 2)
        dys = [torch.randn_like(part) for part in parts]
        yield Case(
            label,
            zh=zh,
            parts=parts,
            dys=dys,
            bn=bn,
            equal=len(set(counts)) == 1,
        )


@one_batch.check
def same_as_the_whole_batch(got, case):
    want = on_one_card(case)
    # 1e-10: summation order costs float64 about 1e-15; the mildest misconception is wrong by 1e-3
    return [
        close(
            got[name],
            want[name],
            1e-10,
            en=f"relative error of {name}",
            zh=f"{name} 的相对误差",
        )
        for name in want
    ]


def on_one_card(case):
    """nn.BatchNorm2d on the concatenated batch."""
    x, bn = torch.cat(case.parts).requires_grad_(), copy.deepcopy(case.bn)
    y = bn(x)
    y.backward(torch.cat(case.dys))
    return results(y, x, bn)


@one_batch.observe
def on_ranks(sync_bn, parts, dys, bn):
    """Real processes, each with its shard."""

    def work(rank):
        x = parts[rank].requires_grad_()
        y = sync_bn.apply(x, bn.weight, bn.bias, bn)
        y.backward(dys[rank])
        return results(y, x, bn)

    ranks = run_ranks(len(parts), work)
    got = {name: [rank[name] for rank in ranks] for name in ranks[0]}
    for name in ("y", "dx"):
        got[name] = torch.cat(got[name])
    for name in ("running_mean", "running_var"):
        got[name] = got[name][0]
    for name in ("dγ", "dβ"):
        got[name] = sum(got[name])  # as DDP would, afterwards
    return got


def results(y, x, bn):
    return {
        "y": y.detach(),
        "running_mean": bn.running_mean,
        "running_var": bn.running_var,
        "dx": gradient(x),
        "dγ": gradient(bn.weight),
        "dβ": gradient(bn.bias),
    }


def gradient(leaf):
    """None means that no gradient arrived: zero, as far as a step goes."""
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


@one_batch.answer
class SyncBatchNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, bn):
        channels = x.shape[1]
        var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        count = x.new_tensor([x.numel() / channels])
        mine = torch.cat([mean, var, count])  # 2C + 1 numbers
        ranks = range(dist.get_world_size())
        shards = [torch.empty_like(mine) for _ in ranks]
        dist.all_gather(shards, mine)
        sizes = [channels, channels, 1]
        means, variances, counts = torch.stack(shards).split(sizes, dim=1)

        total = counts.sum()
        mean = (counts * means).sum(0) / total
        var = (counts * (variances + (means - mean) ** 2)).sum(0) / total
        bn.running_mean.lerp_(mean, bn.momentum)
        bn.running_var.lerp_(var * total / (total - 1), bn.momentum)

        rstd = (var + bn.eps).rsqrt()
        x_hat = (x - mean.view(-1, 1, 1)) * rstd.view(-1, 1, 1)
        ctx.save_for_backward(x_hat, weight, rstd, total)
        return x_hat * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)

    @staticmethod
    def backward(ctx, dy):
        x_hat, weight, rstd, total = ctx.saved_tensors
        dbias, dweight = dy.sum((0, 2, 3)), (dy * x_hat).sum((0, 2, 3))
        sums = torch.stack([dbias, dweight])  # 2C numbers
        dist.all_reduce(sums)
        mean_dy, mean_dy_x_hat = (sums / total).view(2, -1, 1, 1)
        dx = dy - mean_dy - x_hat * mean_dy_x_hat
        dx = (weight * rstd).view(-1, 1, 1) * dx
        return dx, dweight, dbias, None  # DDP reduces dγ and dβ


def gathered(x):
    """Counts (W, 1), means (W, C) and biased variances (W, C) of all ranks."""
    channels = x.shape[1]
    var, mean = torch.var_mean(x, ALL_BUT_CHANNELS, correction=0)
    mine = torch.cat([x.new_tensor([x.numel() / channels]), mean, var])
    shards = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(shards, mine)
    return torch.stack(shards).split([1, channels, channels], dim=1)


def normalised(ctx, inputs, total, mean, var, *, correction=1):
    """The rest of the forward pass, for statistics that a misconception has come up with."""
    x, weight, bias, bn = inputs
    bn.running_mean.lerp_(mean, bn.momentum)
    bn.running_var.lerp_(var * total / (total - correction), bn.momentum)
    rstd = (var + bn.eps).rsqrt()
    x_hat = (x - mean.view(-1, 1, 1)) * rstd.view(-1, 1, 1)
    ctx.save_for_backward(x_hat, weight, rstd, total)
    return x_hat * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)


@one_batch.misconception(
    en="normalises with the rank's own statistics",
    zh="只用本卡统计量做归一化（没有同步）",
)
class LocalStatistics(SyncBatchNorm):
    @staticmethod
    def forward(ctx, *inputs):
        counts, means, variances = gathered(inputs[0])
        me = dist.get_rank()
        return normalised(
            ctx, inputs, counts.sum(), means[me], variances[me]
        )


@one_batch.misconception(
    en="averages the ranks' means and variances",
    zh="把各卡的均值和方差直接取平均",
)
class AveragesVariances(SyncBatchNorm):
    @staticmethod
    def forward(ctx, *inputs):
        counts, means, variances = gathered(inputs[0])
        return normalised(
            ctx, inputs, counts.sum(), means.mean(0), variances.mean(0)
        )


@one_batch.misconception(
    en="merges the ranks with equal weights, whatever their number of samples",
    zh="合并统计量时各卡等权，不按样本数加权",
    on=lambda case: not case.equal,
    because=(
        "with equal shards the weights are equal",
        "各卡样本数相同时，权重本来就相等",
    ),
)
class UnweightedMerge(SyncBatchNorm):
    @staticmethod
    def forward(ctx, *inputs):
        counts, means, variances = gathered(inputs[0])
        mean = means.mean(0)
        return normalised(
            ctx,
            inputs,
            counts.sum(),
            mean,
            (variances + (means - mean) ** 2).mean(0),
        )


@one_batch.misconception(
    en="stores the biased variance: no N/(N−1) in running_var",
    zh="滑动方差直接存有偏方差，漏掉N/(N−1)",
)
class BiasedRunningVariance(SyncBatchNorm):
    @staticmethod
    def forward(ctx, *inputs):
        counts, means, variances = gathered(inputs[0])
        total = counts.sum()
        mean = (counts * means).sum(0) / total
        var = (counts * (variances + (means - mean) ** 2)).sum(0) / total
        return normalised(ctx, inputs, total, mean, var, correction=0)


@one_batch.misconception(
    en="synchronises forward only: the sums in backward run over the rank's own shard",
    zh="只同步前向，反向求和只在本卡上做",
)
class LocalBackward(SyncBatchNorm):
    @staticmethod
    def backward(ctx, dy):
        x_hat, weight, rstd, _ = ctx.saved_tensors
        dbias, dweight = (
            dy.sum(ALL_BUT_CHANNELS),
            (dy * x_hat).sum(ALL_BUT_CHANNELS),
        )
        mean_dy = dy.mean(ALL_BUT_CHANNELS, keepdim=True)
        mean_dy_x_hat = (dy * x_hat).mean(ALL_BUT_CHANNELS, keepdim=True)
        dx = (weight * rstd).view(-1, 1, 1) * (
            dy - mean_dy - x_hat * mean_dy_x_hat
        )
        return dx, dweight, dbias, None


@one_batch.misconception(
    en="treats mean and variance as constants in backward",
    zh="反向时把均值和方差当常数，梯度不经过统计量",
)
class ConstantStatistics(SyncBatchNorm):
    @staticmethod
    def backward(ctx, dy):
        x_hat, weight, rstd, _ = ctx.saved_tensors
        dbias, dweight = (
            dy.sum(ALL_BUT_CHANNELS),
            (dy * x_hat).sum(ALL_BUT_CHANNELS),
        )
        return (weight * rstd).view(-1, 1, 1) * dy, dweight, dbias, None


@one_batch.misconception(
    en="returns the global dγ and dβ, which DDP then adds up once more",
    zh="在SyncBN里返回全局的dγ、dβ，DDP又归约一次，被重复累加",
)
class ReducesWeightsTwice(SyncBatchNorm):
    @staticmethod
    def backward(ctx, dy):
        dx, dweight, dbias, *rest = SyncBatchNorm.backward(ctx, dy)
        dist.all_reduce(dweight)
        dist.all_reduce(dbias)
        return dx, dweight, dbias, *rest


traffic = Claim(
    "traffic",
    en="A SyncBN layer sends 2C + 1 numbers a rank in forward and 2C in backward, however large the feature map is",
    zh="一个SyncBN层每卡前向发送 2C + 1 个数、反向发送 2C 个数，与特征图大小无关",
    on="cpu",
)


@traffic.cases
def layers(rng):
    for _ in range(2):
        given = {
            "channels": 8 * rng.randint(2, 16),
            "images": rng.randint(2, 4),
            "size": rng.choice([7, 14]),
        }
        yield Case(f"C = {given['channels']}", given=given)


@traffic.truth(rel=0)
def counted(case):
    """Numbers that rank 0 of 2 hands to collectives in one training step of the layer."""

    def work(rank):
        sent = []
        listen("all_gather", lambda _, mine: sent.append(mine.numel()))
        listen("all_reduce", lambda sums: sent.append(sums.numel()))
        shape = (
            case.given["images"],
            case.given["channels"],
            case.given["size"],
            case.given["size"],
        )
        bn, x = (
            nn.BatchNorm2d(shape[1]),
            torch.randn(shape, requires_grad=True),
        )
        y = SyncBatchNorm.apply(x, bn.weight, bn.bias, bn)
        y.sum().backward()
        return sum(sent)

    return run_ranks(2, work)[0]


def listen(name, note):
    """Note the arguments of a collective before it runs, in this (forked) process."""
    collective = getattr(dist, name)

    def noted(*args):
        note(*args)
        return collective(*args)

    setattr(dist, name, noted)


@traffic.answer
def four_channels_and_a_count(channels, images, size):
    forward = 2 * channels + 1  # mean, variance, count
    backward = 2 * channels  # Σdy, Σdy·x_hat
    return forward + backward


@traffic.misconception(
    en="sends the feature maps themselves", zh="以为要传输整张特征图"
)
def sends_activations(channels, images, size):
    return 2 * images * channels * size * size


@traffic.misconception(
    en="synchronises in forward only", zh="以为只有前向需要同步"
)
def forward_only(channels, images, size):
    return 2 * channels + 1


@traffic.misconception(
    en="takes the shards for equal and sends no count",
    zh="默认各卡样本数相同，不传样本数",
)
def sends_no_count(channels, images, size):
    return 4 * channels


@traffic.misconception(
    en="counts dγ and dβ too, which are reduced by DDP and not by the layer",
    zh="把dγ、dβ也算进来：它们由DDP归约，不由这一层通信",
)
def counts_weight_gradients(channels, images, size):
    return 6 * channels + 1


if __name__ == "__main__":
    main()
