"""Depthwise-separable convolution: what it saves in operations, and why the time does not follow."""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from quizapp.proof import Case, Claim, faster, main, table

# --- factor: operations -----------------------------------------------------

factor = Claim(
    "factor",
    en="A depthwise-separable convolution takes 1/Cout + 1/k² of the operations of a full one",
    zh="深度可分离卷积的计算量是普通卷积的 1/Cout + 1/k²",
    on="cpu",
)


@factor.cases
def layers(rng):
    def draw():
        return {
            "cin": 8 * rng.randint(2, 16),
            "cout": 9 * rng.randint(2, 12),
            "k": rng.choice([3, 5, 7]),
        }

    for _ in range(4):
        given = factor.telling(draw)
        yield Case(
            f"{given['k']}×{given['k']}, {given['cin']} → {given['cout']}",
            given=given,
        )


@factor.truth(rel=0.02)
def counted(case):
    cin, cout, k = (case.given[name] for name in ("cin", "cout", "k"))
    full = [(cin, cout, k, 1)]
    separable = [(cin, cin, k, cin), (cin, cout, 1, 1)]
    return operations(full) / operations(separable)


@torch.no_grad()
def operations(layers):
    """What torch's counter finds on a map of 8 × 8; on the meta device nothing is computed."""
    with FlopCounterMode(display=False) as counter:
        for cin, cout, k, groups in layers:
            conv = nn.Conv2d(
                cin, cout, k, padding=k // 2, groups=groups, device="meta"
            )
            conv(torch.empty(1, cin, 8, 8, device="meta"))
    return counter.get_total_flops()


@factor.answer
def by_both_terms(*, cin, cout, k):
    return 1 / (1 / cout + 1 / k**2)


@factor.misconception(
    en="k² times: forgets the 1×1 convolution", zh="k²倍：忘了1×1卷积"
)
def kernel_area(*, cin, cout, k):
    return k**2


@factor.misconception(
    en="Cout times: forgets the depthwise part", zh="Cout倍：忘了逐通道卷积"
)
def output_channels(*, cin, cout, k):
    return cout


@factor.misconception(
    en="takes the input channels: 1/Cin + 1/k²",
    zh="用了输入通道数：1/Cin + 1/k²",
)
def input_channels(*, cin, cout, k):
    return 1 / (1 / cin + 1 / k**2)


@factor.misconception(
    en="counts the side of the kernel, not its area",
    zh="用了核的边长而不是面积",
)
def kernel_side(*, cin, cout, k):
    return 1 / (1 / cout + 1 / k)


@factor.misconception(
    en="multiplies both savings: k²·Cout", zh="把两项节省相乘：k²·Cout"
)
def both_at_once(*, cin, cout, k):
    return k**2 * cout


# --- access: numbers that go to and from memory -----------------------------

access = Claim(
    "access",
    en="A 1×1 convolution in g groups reads and writes h·w·(c1 + c2) + c1·c2/g numbers",
    zh="g组的1×1卷积至少要读写 h·w·(c1 + c2) + c1·c2/g 个数",
    on="cpu",
)


@access.cases
def pointwise(rng):
    def draw():
        groups = rng.choice([2, 4])
        return {
            "side": rng.choice([4, 5, 6, 10]),
            "c1": 20 * rng.randint(2, 10),
            "c2": 20 * rng.randint(2, 10),
            "g": groups,
        }

    for _ in range(4):
        given = access.telling(draw)
        side, c1, c2, g = given.values()
        yield Case(
            f"{side}×{side}, {c1} → {c2}, g = {g}",
            given=given,
        )


@access.truth(rel=0.01)
def numbers_touched(case):
    side, c1, c2, g = case.given.values()
    conv = nn.Conv2d(c1, c2, 1, groups=g, bias=False)
    x = torch.zeros(1, c1, side, side)
    return x.numel() + conv.weight.numel() + conv(x).numel()


@access.answer
def maps_and_weights(*, side, c1, c2, g):
    return side**2 * (c1 + c2) + c1 * c2 // g


@access.misconception(
    en="counts the multiply-adds instead", zh="算成了乘加次数"
)
def multiply_adds(*, side, c1, c2, g):
    return side**2 * c1 * c2 // g


@access.misconception(en="forgets the weights", zh="忘了权重")
def maps_only(*, side, c1, c2, g):
    return side**2 * (c1 + c2)


@access.misconception(
    en="forgets that groups thin out the weights",
    zh="忘了分组会减少权重",
)
def weights_of_one_group(*, side, c1, c2, g):
    return side**2 * (c1 + c2) + c1 * c2


@access.misconception(
    en="forgets that the result is written", zh="忘了还要写出结果"
)
def reads_only(*, side, c1, c2, g):
    return side**2 * c1 + c1 * c2 // g


# --- same_flops: time -------------------------------------------------------

same_flops = Claim(
    "same_flops",
    en="With equal operations and equal weights, a depthwise convolution takes at least 1.5 times as long as a full or 1×1 one",
    zh="运算量和权重数都相同时，逐通道卷积的耗时至少是普通卷积或1×1卷积的1.5倍",
)

SMALL = 24
KINDS = {  # channels in and out, kernel, groups: all 9·24² weights, so equal operations on equal maps
    "full 3×3": ("普通3×3", SMALL, 3, 1),
    "1×1": ("1×1", 3 * SMALL, 1, 1),
    "depthwise 3×3": ("逐通道3×3", SMALL**2, 3, SMALL**2),
}


@same_flops.cases
def pairs(rng):
    # a GPU needs more work than a CPU before its time is that of the kernels
    batch, side = (256, 56) if rng.device.startswith("cuda") else (1, 14)
    other = rng.choice(["full 3×3", "1×1"])
    names = rng.sample([other, "depthwise 3×3"], 2)
    yield Case(
        " / ".join(names),
        zh=" / ".join(KINDS[name][0] for name in names),
        names=names,
        layers=[layer(name, batch, side, rng.device) for name in names],
        facts=[facts(name, side) for name in names],
        device=rng.device,
    )


def layer(name, batch, side, device):
    """A convolution and an input for it."""
    _, channels, k, groups = KINDS[name]
    conv = nn.Conv2d(
        channels, channels, k, padding=k // 2, groups=groups, bias=False
    )
    x = torch.randn(batch, channels, side, side, device=device)
    return conv.to(device), x


def inference(conv, x):
    def run():
        with torch.inference_mode():
            conv(x)

    return run


def facts(name, side):
    """Of one image: operations, weights, and numbers read or written."""
    _, channels, k, groups = KINDS[name]
    weights = channels**2 // groups * k**2
    return {
        "flops": 2 * weights * side**2,
        "weights": weights,
        "moved": 2 * channels * side**2 + weights,
        "groups": groups,
        "k": k,
    }


@same_flops.check
def timed_in_pairs(quicker, case):
    choice = quicker(*case.facts)
    rows = [
        (
            f"{f['k']}×{f['k']}, g = {f['groups']}",
            f["flops"] / 1e6,
            f["weights"],
            f["flops"] / f["moved"],
        )
        for f in case.facts
    ]
    return [
        as_chosen(choice, case),
        table(
            (
                ("layer", "层"),
                "MFLOP",
                ("weights", "权重数"),
                ("FLOPs for each number moved", "每读写一个数的运算次数"),
            ),
            rows,
            en="The pair",
            zh="两个层",
        ),
    ]


def as_chosen(choice, case):
    """A layer called quicker must take 2/3 of the time at most; layers called equal, 1.4 times the other's."""
    less, more = sorted((0, 1), key=lambda i: case.facts[i]["moved"])
    quick, slow, bound = choice, 1 - (choice or 0), 2 / 3
    if choice is None:
        quick, slow, bound = more, less, 1.4
    # medians on a busy machine: 0.07 to 0.3, and the other way round 3 to 15
    return faster(
        inference(*case.layers[slow]),
        inference(*case.layers[quick]),
        bound,
        device=case.device,
        en=f"time of {case.names[quick]} / time of the other",
        zh=f"{KINDS[case.names[quick]][0]}耗时 / 另一层耗时",
    )


@same_flops.answer
def moves_less(first, second):
    return int(second["moved"] < first["moved"])


@same_flops.misconception(
    en="equal operations take equal time", zh="运算量相同，耗时就相同"
)
def time_is_flops(first, second):
    return None if first["flops"] == second["flops"] else 0


@same_flops.misconception(
    en="the depthwise layer is the light one, so it is quicker",
    zh="逐通道卷积是轻量层，所以更快",
)
def many_groups_are_light(first, second):
    return int(second["groups"] > first["groups"])


if __name__ == "__main__":
    main()
