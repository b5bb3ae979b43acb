"""Which layers move their output along when the image is moved, and which do not."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, equal, heat_map, main

SIDE = 8

equivariance = Claim(
    "equivariance",
    en="A layer moves with a cyclic shift of its input if it pads circularly and the shift is a multiple of its stride; zero "
    "padding and odd shifts under stride 2 break that",
    zh="循环填充、平移量为步长整数倍时，层的输出随输入的循环平移而移动；零填充、步长2下的奇数平移都会破坏等变性",
    on="cpu",
)


def torus(x):
    return F.pad(x, (1, 1, 1, 1), mode="circular")


LAYERS = {  # Chinese name, function of image and weights, border, stride, shift
    "3×3 convolution, zero padding, shift 1": (
        "3×3卷积，零填充，平移1",
        lambda x, kernel, matrix: F.conv2d(x, kernel, padding=1),
        ("zeros", 1, 1),
    ),
    "3×3 convolution, circular padding, shift 1": (
        "3×3卷积，循环填充，平移1",
        lambda x, kernel, matrix: F.conv2d(torus(x), kernel),
        ("circular", 1, 1),
    ),
    "stride 2, circular padding, shift 1": (
        "步长2，循环填充，平移1",
        lambda x, kernel, matrix: F.conv2d(torus(x), kernel, stride=2),
        ("circular", 2, 1),
    ),
    "stride 2, circular padding, shift 2": (
        "步长2，循环填充，平移2",
        lambda x, kernel, matrix: F.conv2d(torus(x), kernel, stride=2),
        ("circular", 2, 2),
    ),
    "max pooling 2×2, shift 1": (
        "2×2最大池化，平移1",
        lambda x, kernel, matrix: F.max_pool2d(x, 2),
        ("none", 2, 1),
    ),
    "max pooling 2×2, shift 2": (
        "2×2最大池化，平移2",
        lambda x, kernel, matrix: F.max_pool2d(x, 2),
        ("none", 2, 2),
    ),
    "ReLU, shift 1": (
        "ReLU，平移1",
        lambda x, kernel, matrix: x.relu(),
        ("none", 1, 1),
    ),
    "fully connected, shift 1": (
        "全连接层，平移1",
        lambda x, kernel, matrix: (matrix @ x.flatten()).view_as(x),
        ("dense", 1, 1),
    ),
}


@equivariance.cases
def layers(rng):
    x = torch.randn(1, 1, SIDE, SIDE).double()
    weights = (
        torch.randn(1, 1, 3, 3).double(),
        torch.randn(SIDE**2, SIDE**2).double(),
    )
    for label, (zh, run, facts) in LAYERS.items():
        yield Case(label, zh=zh, run=run, facts=facts, x=x, weights=weights)


@equivariance.check
def against_every_shift(moves_along, case):
    shift = case.facts[2]
    moved = case.x.roll((shift, shift), (2, 3))
    before, after = (case.run(x, *case.weights) for x in (case.x, moved))
    gaps = [
        after - before.roll((i, j), (2, 3))
        for i in range(before.shape[2])
        for j in range(before.shape[3])
    ]
    gap = min(gaps, key=torch.norm)
    misses = float(gap.norm() / after.norm())
    return [
        # rounding leaves 1e-16; what is not equivariant misses by 10 % and more
        equal(
            moves_along(*case.facts),
            misses < 1e-9,
            en=f"nearest shift of the old output misses by {misses:.2g}; equivariant",
            zh=f"与原输出最接近的平移仍相差{misses:.2g}；等变",
        ),
        heat_map(
            gap[0, 0] / after.abs().max(),
            en=f"{case.label}: new output minus the shifted old one",
            zh=f"{case.says.zh}：新输出减去平移后的原输出",
        ),
    ]


@equivariance.answer
def whole_strides_and_no_border(border, stride, shift):
    return border not in ("zeros", "dense") and shift % stride == 0


@equivariance.misconception(
    en="every convolution and pooling moves along, by shared weights",
    zh="只要共享权值，任何卷积、池化都平移等变",
    on=lambda case: (
        case.facts[0] != "dense"
        and not whole_strides_and_no_border(*case.facts)
    ),
    because=(
        "there they do, or nothing is shared",
        "那里确实等变，或者没有共享",
    ),
)
def whatever_is_shared(border, stride, shift):
    return border != "dense"


@equivariance.misconception(
    en="zero padding does no harm",
    zh="零填充没有影响",
    on=lambda case: case.facts[0] == "zeros",
    because=("nothing else pads with zeros", "其余都没有零填充"),
)
def zeros_do_no_harm(border, stride, shift):
    return border != "dense" and shift % stride == 0


@equivariance.misconception(
    en="a stride or pooling only makes the shift smaller",
    zh="步长和池化只是把平移量缩小",
    on=lambda case: case.facts[2] % case.facts[1] > 0,
    because=("those shifts are whole strides", "那里平移量是步长的整数倍"),
)
def strides_do_no_harm(border, stride, shift):
    return border not in ("zeros", "dense")


@equivariance.misconception(
    en="with a stride nothing is equivariant",
    zh="只要步长大于1就没有等变性",
    on=lambda case: case.facts[2] == 2,
    because=(
        "there the stride is 1, or does break it",
        "那里步长为1，或者确实破坏了等变性",
    ),
)
def never_with_a_stride(border, stride, shift):
    return border not in ("zeros", "dense") and stride == 1


if __name__ == "__main__":
    main()
