"""What BatchNorm costs behind a convolution: few operations, much more of the time."""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from quizapp.proof import Case, Claim, close, faster, main

# --- flops_share: operations -------------------------------------------------------------------

flops_share = Claim(
    "flops_share",
    en="BatchNorm does 1 / (Cin/groups·k² + 1) of the floating-point operations of conv + BN",
    zh="卷积加BN的浮点运算中，BN占 1 / (Cin/groups·k² + 1)",
    on="cpu",
)


@flops_share.cases
def geometries(rng):
    for kind in rng.sample(
        [ordinary, ordinary, ordinary, depthwise, depthwise], 5
    ):
        yield kind(rng)


def ordinary(rng):
    cin, k = rng.choice([8, 12, 16, 24, 32, 48]), rng.choice([1, 3, 5])
    return Case(
        f"{k}×{k}, {cin} channels",
        zh=f"{k}×{k}，{cin} 通道",
        given={
            "cin": cin,
            "cout": 4 * rng.randint(4, 12),
            "k": k,
            "groups": 1,
        },
    )


def depthwise(rng):
    channels, k = rng.choice([8, 16, 32, 64]), rng.choice([3, 5, 7])
    given = {"cin": channels, "cout": channels, "k": k, "groups": channels}
    return Case(
        f"depthwise {k}×{k}, {channels} channels",
        zh=f"逐通道 {k}×{k}，{channels} 通道",
        given=given,
    )


@flops_share.truth(rel=0.02)
@torch.no_grad()
def counted(case):
    """Count the convolution with torch's own counter, and BatchNorm as one multiply and one add an element."""
    conv = nn.Conv2d(
        case.given["cin"],
        case.given["cout"],
        case.given["k"],
        groups=case.given["groups"],
        bias=False,
    )
    with FlopCounterMode(display=False) as counter:
        y = conv(torch.zeros(1, case.given["cin"], 9, 9))
    bn = (
        2 * y.numel()
    )  # γ/√(σ²+ε) and β - μγ/√(σ²+ε) are there beforehand, one pair a channel
    return 100 * bn / (counter.get_total_flops() + bn)


@flops_share.answer
def one_in_so_many(*, cin, cout, k, groups):
    return 100 / (cin / groups * k**2 + 1)


@flops_share.misconception(
    en="forgets that a group sees only its own input channels",
    zh="忘了分组后每个卷积核只看本组的输入通道",
    on=lambda case: case.given["groups"] > 1,
    because=(
        "there is one group, which sees them all",
        "只有一组，本来就看全部通道",
    ),
)
def ignores_the_groups(*, cin, cout, k, groups):
    return 100 / (cin * k**2 + 1)


@flops_share.misconception(
    en="counts the kernel's side, not its area",
    zh="按卷积核的边长而不是面积计算",
    on=lambda case: case.given["k"] > 1,
    because=(
        "a 1×1 kernel has side and area 1",
        "1×1卷积核的边长与面积都是1",
    ),
)
def counts_the_side(*, cin, cout, k, groups):
    return 100 / (cin / groups * k + 1)


@flops_share.misconception(
    en="thinks that more output channels make BN's share smaller",
    zh="以为输出通道越多，BN占比越小",
)
def divides_by_the_outputs(*, cin, cout, k, groups):
    return 100 / (cin / groups * cout * k**2 + 1)


@flops_share.misconception(
    en="takes two layers for two equal shares", zh="以为两层各占一半"
)
def halves(*, cin, cout, k, groups):
    return 50


# --- speed: time -------------------------------------------------------------------------------

speed = Claim(
    "speed",
    en="Folding BatchNorm into a small 1×1 convolution saves more than a fifth of the time, "
    "though BN does under a sixteenth of the operations",
    zh="把BN折叠进小的1×1卷积能省下五分之一以上的时间，而BN的运算量不到十六分之一",
)


@speed.cases
def blocks(rng):
    for cin, cout, side in ((64, 64, 14), (16, 96, 28)):
        conv, bn = nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)
        nn.init.uniform_(bn.running_var, 0.5, 2)
        pair = nn.Sequential(conv, bn).to(rng.device).eval()
        x = torch.randn(1, cin, side, side, device=rng.device)
        yield Case(
            f"1×1, {cin} → {cout}, {side}×{side}",
            pair=pair,
            x=x,
            device=rng.device,
        )


@speed.check
@torch.no_grad()
def timed_in_pairs(optimise, case):
    conv, bn = case.pair
    run = optimise(conv, bn)
    # measured on a busy machine: 0.60 to 0.68 for the fold, 0.97 to 1.05 for what leaves BN behind
    ratio = faster(
        lambda: bn(conv(case.x)),
        lambda: run(case.x),
        0.8,
        device=case.device,
    )
    return [close(run(case.x), bn(conv(case.x)), 1e-4), ratio]


@speed.answer
def fold(conv, bn):
    fused = copy.deepcopy(conv)
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    fused.weight = nn.Parameter(conv.weight * scale.reshape(-1, 1, 1, 1))
    fused.bias = nn.Parameter(bn.bias - bn.running_mean * scale)
    return fused


@speed.misconception(
    en="the same two layers, timed against themselves",
    zh="原样两层，自己和自己比",
)
def changes_nothing(conv, bn):
    return lambda x: bn(conv(x))


@speed.misconception(
    en="putting both layers into one module makes them one",
    zh="把两层包进一个模块就成了一层",
)
def wraps_them(conv, bn):
    return nn.Sequential(conv, bn).eval()


@speed.misconception(
    en="freezing BN's parameters makes it free",
    zh="冻结BN的参数，它就不花时间了",
)
def freezes_the_parameters(conv, bn):
    frozen = copy.deepcopy(bn).requires_grad_(requires_grad=False)
    return lambda x: frozen(conv(x))


# --- time_share: what tells how much is saved --------------------------------------------------

time_share = Claim(
    "time_share",
    en="The share of the time that folding saves is, within a factor of three, BatchNorm's share of the memory traffic, "
    "and not its share of the operations",
    zh="折叠BN省下的时间比例，与BN占访存的比例相差不到三倍；而它占运算量的比例要小得多",
)


@time_share.cases
def squeezes(rng):
    for cin, cout in ((64, 64), (32, 64)):
        conv, bn = nn.Conv2d(cin, cout, 1, bias=False), nn.BatchNorm2d(cout)
        nn.init.uniform_(bn.running_var, 0.5, 2)
        pair = nn.Sequential(conv, bn).to(rng.device).eval()
        yield Case(
            f"1×1, {cin} → {cout}, 14×14",
            pair=pair,
            x=torch.randn(1, cin, 14, 14, device=rng.device),
            cin=cin,
            cout=cout,
            device=rng.device,
        )


@time_share.check
@torch.no_grad()
def within_a_factor_of_three(predicted, case):
    """What is saved lies between a third and three times the predicted share: two bounds on a ratio of times."""
    conv, bn = case.pair
    folded, share = fold(conv, bn), predicted(case.cin, case.cout)

    def both():
        return bn(conv(case.x))

    def one():
        return folded(case.x)

    # measured on a busy machine: 0.34 to 0.41 of the time are saved, where 0.5 is predicted by the traffic, 0.015 and 0.03
    # by the operations, 0.03 and 0.06 by the parameters
    found = [
        faster(
            both,
            one,
            1 - share / 3,
            device=case.device,
            en="folded / unfolded, if a third is saved",
            zh="折叠后 / 折叠前的耗时：至少省下预测的三分之一",
        )
    ]
    if 3 * share < 1:
        found.append(
            faster(
                one,
                both,
                1 / (1 - 3 * share),
                device=case.device,
                en="unfolded / folded, if no more than three times is saved",
                zh="折叠前 / 折叠后的耗时：至多省下预测的三倍",
            )
        )
    return found


@time_share.answer
def by_the_traffic(cin, cout):
    # a pixel of each layer: what it reads and what it writes
    conv, bn = cin + cout, cout + cout
    return bn / (conv + bn)


@time_share.misconception(
    en="the time saved is BN's share of the operations",
    zh="省下的时间就是BN占运算量的比例",
)
def by_the_operations(cin, cout):
    return 1 / (cin + 1)


@time_share.misconception(
    en="the time saved is BN's share of the parameters",
    zh="省下的时间就是BN占参数量的比例",
)
def by_the_parameters(cin, cout):
    return 2 * cout / (cin * cout + 2 * cout)


if __name__ == "__main__":
    main()
