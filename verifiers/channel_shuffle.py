"""Channel shuffle: a transpose of groups and places, what it connects, and what a channel split leaves untouched."""

import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, close, equal, heat_map, main, table

shuffle = Claim(
    "shuffle",
    en="In NCHW, channel shuffle splits C into (g, C/g), swaps the two axes and joins them again; g must divide C",
    zh="NCHW下的通道洗牌：把C拆成 (g, C/g)，交换这两维再合并；g必须整除C",
)

LAYOUTS = {
    "contiguous": ("连续存储", lambda x: x),
    "channels_last": (
        "channels_last存储",
        lambda x: x.contiguous(memory_format=torch.channels_last),
    ),
    "a transposed view": (
        "转置视图",
        lambda x: x.mT.contiguous().mT,
    ),
    "whole numbers": ("整数", lambda x: (1000 * x).long()),
}


@shuffle.cases
def images(rng):
    for layout, (zh, lay_out) in LAYOUTS.items():
        groups, size = rng.sample([2, 3, 4, 5], 2)  # never alike
        images = 1 if layout == "contiguous" else 3
        x = torch.randn(images, groups * size, 2, 3, device=rng.device)
        yield Case(
            f"{groups} groups of {size}, {layout}",
            zh=f"{groups} 组，每组 {size} 个通道，{zh}",
            x=lay_out(x),
            groups=groups,
            slope=torch.randn_like(x),
        )
    groups = rng.choice([3, 4])
    channels = groups * rng.randint(2, 4) + 1
    # so many images that all numbers could be spread over g groups all the same
    per_image = channels // groups * groups
    x = torch.randn(per_image, channels, 2, 3, device=rng.device)
    yield Case(
        f"{channels} channels in {groups} groups",
        zh=f"{channels} 个通道分 {groups} 组",
        x=x,
        groups=groups,
        slope=torch.randn_like(x),
    )


@shuffle.observe
def shuffled(run, x, groups, slope):
    before = x.clone()
    x.requires_grad_(x.is_floating_point())
    try:
        y = run(x, groups)
    except ValueError:
        return {"error": "ValueError"}
    grad = None
    if y.requires_grad and y.shape == slope.shape:
        (grad,) = torch.autograd.grad((y * slope).sum(), x)
    kept = torch.equal(x.detach(), before)
    return {"y": y.detach().clone(), "grad": grad, "kept": kept}


@shuffle.check
def channel_by_channel(seen, case):
    if case.x.shape[1] % case.groups:
        return equal(
            seen.get("error", "no error"),
            "ValueError",
            en="g does not divide C",
            zh="g不能整除C",
        )
    size = case.x.shape[1] // case.groups
    # the j-th channel afterwards is number j // g of group j mod g
    order = [
        j % case.groups * size + j // case.groups
        for j in range(case.x.shape[1])
    ]
    if "error" in seen:
        return equal(seen["error"], "", en="error", zh="报错")
    want = case.x[:, order]
    found = [
        # values are moved, not computed: the error is exactly 0
        close(seen["y"], want, 1e-9),
        equal(seen["y"].dtype, want.dtype, en="type", zh="类型"),
        equal(
            seen["kept"], True, en="argument left alone", zh="不改动输入"
        ),
        table(
            (
                ("new place", "新位置"),
                ("old place", "原位置"),
                ("group", "组"),
            ),
            [(j, i, i // size) for j, i in enumerate(order)],
            en="Channels after the shuffle",
            zh="洗牌后的通道",
        ),
    ]
    if case.x.is_floating_point():
        back = torch.empty_like(case.slope)
        back[:, order] = (
            case.slope
        )  # each gradient goes where its value was
        got = (
            case.slope.new_zeros(())
            if seen["grad"] is None
            else seen["grad"]
        )
        found.append(
            close(
                got,
                back,
                1e-9,
                en="gradient, relative error",
                zh="梯度的相对误差",
            )
        )
    return found


@shuffle.answer
def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    if c % groups:
        raise ValueError(f"{groups} groups do not divide {c} channels")
    grid = x.reshape(n, groups, c // groups, h, w)
    return grid.transpose(1, 2).reshape(n, c, h, w)


def divides(case):
    return case.x.shape[1] % case.groups == 0


NO_GROUPS = ("there the groups do not fit at all", "那里根本分不成组")


@shuffle.misconception(
    en="splits into (C/g, g), which undoes a shuffle",
    zh="拆成 (C/g, g)，得到的是逆洗牌",
    on=divides,
    because=NO_GROUPS,
)
def inverse(x, groups):
    return channel_shuffle(x, x.shape[1] // groups)


@shuffle.misconception(
    en="reshapes there and back without the transpose",
    zh="只来回reshape，没有转置",
    on=divides,
    because=NO_GROUPS,
)
def no_transpose(x, groups):
    n, c, h, w = x.shape
    if c % groups:
        raise ValueError
    return x.reshape(n, groups, c // groups, h, w).reshape(n, c, h, w)


@shuffle.misconception(
    en="takes the last axis for the channels: code written for NHWC",
    zh="把最后一维当作通道：照搬NHWC的代码",
    raises=(RuntimeError,),
)
def written_for_nhwc(x, groups):
    n, h, w, c = x.shape
    grid = x.reshape(n, h, w, groups, c // groups)
    return grid.transpose(3, 4).reshape(n, h, w, c)


@shuffle.misconception(
    en="rounds C/g down and lets the batch take up the rest",
    zh="C/g向下取整，多出的通道混进batch维",
    on=lambda case: not divides(case),
    because=("there g divides C", "那里g能整除C"),
)
def rounds_down(x, groups):
    _, c, h, w = x.shape
    grid = x.reshape(-1, groups, c // groups, h, w)
    return grid.transpose(1, 2).reshape(-1, c, h, w)


# --- links: which groups hear of each other ---------------------------------

links = Claim(
    "links",
    en="Between two grouped 1×1 convolutions, one shuffle connects every output with every input if and only if C/g ≥ g",
    zh="两个分组1×1卷积之间做一次洗牌，当且仅当 C/g ≥ g 时，每个输出都与每个输入相连",
    on="cpu",
)


@links.cases
def group_sizes(rng):
    for groups, size in (
        (rng.choice([6, 7, 8]), rng.choice([3, 4])),
        (rng.choice([4, 5, 6]), 2),
        (3, 3),
        (4, 4 * rng.randint(2, 3)),
        (4, rng.choice([5, 6, 7])),
    ):
        yield Case(
            f"{groups} groups of {size} channels",
            zh=f"{groups} 组，每组 {size} 个通道",
            groups=groups,
            size=size,
        )


@links.check
def by_the_gradient(connects, case):
    reached = slopes(case.groups, case.size) > 0
    groups, size = case.groups, case.size
    blocks = reached.view(groups, size, groups, size).any(3).any(1)
    return [
        equal(
            connects(groups * size, groups),
            bool(reached.all()),
            en="every output depends on every input",
            zh="每个输出都依赖每个输入",
        ),
        heat_map(
            blocks.double(),
            en=f"{groups} groups of {size}: which output group (row) sees which input group",
            zh=f"{groups} 组，每组 {size} 个通道：输出组（行）能看到哪些输入组",
        ),
    ]


def slopes(groups, size):
    """Of every output with respect to every input; positive weights, so that no path cancels another."""
    c = groups * size
    first, second = torch.rand(2, c, size, 1, 1).double() + 0.1
    x = torch.eye(c, dtype=torch.float64).view(c, c, 1, 1)
    y = channel_shuffle(F.conv2d(x, first, groups=groups), groups)
    return F.conv2d(y, second, groups=groups).view(c, c).T


@links.answer
def as_many_places_as_groups(channels, groups):
    return channels // groups >= groups


@links.misconception(
    en="one shuffle always connects all groups",
    zh="一次洗牌总能打通所有组",
    on=lambda case: case.size < case.groups,
    because=("it does, with C/g ≥ g", "C/g ≥ g 时确实如此"),
)
def always(channels, groups):
    return True


def connected(case):
    return case.size >= case.groups


@links.misconception(
    en="a permutation computes nothing, so it connects nothing",
    zh="洗牌只是换位置，不做计算，所以打不通任何组",
    on=connected,
    because=(
        "with C/g < g some pairs stay apart anyhow",
        "C/g < g 时本来就有组不通",
    ),
)
def never(channels, groups):
    return False


@links.misconception(
    en="only if g divides C/g",
    zh="只有g整除C/g时才行",
    on=lambda case: connected(case) and case.size % case.groups > 0,
    because=("there both rules agree", "那里两种说法一致"),
)
def only_even_mixing(channels, groups):
    return channels // groups % groups == 0


# --- reuse: what a channel split leaves untouched ---------------------------

reuse = Claim(
    "reuse",
    en="Of the C channels that a ShuffleNet v2 unit puts out, C/2^j pass the next j units untouched",
    zh="ShuffleNet v2某单元输出的C个通道，有 C/2^j 个原样穿过其后的j个单元",
    on="cpu",
)


@reuse.cases
def units(rng):
    def draw():
        j = rng.randint(2, 5)
        return {"c": 2 ** (j + 1) * rng.randint(2, 6), "j": j}

    for _ in range(4):
        given = reuse.telling(draw)
        yield Case(f"C = {given['c']}, j = {given['j']}", given=given)


@reuse.truth(rel=0)
def followed(case):
    """Number the channels and follow the numbers through j units; what the convolutions make is numbered −1."""
    names = torch.arange(case.given["c"]).view(1, -1, 1, 1)
    mix = nn.ChannelShuffle(2)
    for _ in range(case.given["j"]):
        kept, worked_on = names.chunk(2, 1)
        names = mix(torch.cat([kept, torch.full_like(worked_on, -1)], 1))
    return int((names >= 0).sum())


@reuse.answer
def halves_with_each_unit(*, c, j):
    return c // 2**j


@reuse.misconception(
    en="the identity half stays the same half for ever, as without a shuffle",
    zh="恒等分支始终是同一半通道（没有洗牌才会这样）",
)
def the_same_half(*, c, j):
    return c // 2


@reuse.misconception(
    en="every unit works on every channel: nothing passes",
    zh="每个单元都处理全部通道，没有通道能原样通过",
)
def nothing_passes(*, c, j):
    return 0


@reuse.misconception(
    en="all channels pass, as in DenseNet",
    zh="像DenseNet一样，全部通道都保留",
)
def all_pass(*, c, j):
    return c


@reuse.misconception(
    en="counts the unit itself as a halving: one too many",
    zh="多减半了一次",
)
def one_halving_more(*, c, j):
    return c // 2 ** (j + 1)


if __name__ == "__main__":
    main()
