"""Fully connected layers and convolutions: when one is the other, and how many weights sharing saves."""

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, close, equal, heat_map, main

# --- as_convolution: a linear layer turned into a convolution ---------------

as_convolution = Claim(
    "as_convolution",
    en="A linear layer on a flattened C×H×W map is a convolution with an H×W kernel and no padding; it slides over larger maps",
    zh="作用于展平的C×H×W特征图的全连接层，就是核为H×W、无填充的卷积；在更大的图上它会滑动",
)


@as_convolution.cases
def linear_layers(rng):
    for bias in (True, False, True):
        c, h, w = rng.sample([2, 3, 4, 5], 3)  # no two axes can be swapped
        like = {"dtype": torch.float64, "device": rng.device}
        fc = nn.Linear(c * h * w, rng.randint(3, 6), bias=bias, **like)
        yield Case(
            f"{c}×{h}×{w} → {fc.out_features}"
            + ("" if bias else ", no bias"),
            zh=f"{c}×{h}×{w} → {fc.out_features}"
            + ("" if bias else "，无偏置"),
            fc=fc,
            size=(c, h, w),
            x=torch.randn(2, c, h, w, **like),
            large=torch.randn(2, c, h + 2, w + 3, **like),
        )


@as_convolution.observe
def run_both(convert, fc, size, x, large):
    conv = convert(fc, *size)
    before = conv(x).detach().clone()
    weights = sum(each.numel() for each in conv.parameters())
    fc.weight.data.zero_()  # the convolution has weights of its own
    return {
        "y": before,
        "slid": conv(large).detach().clone(),
        "weights": weights,
    }


@as_convolution.check
def as_the_linear_layer(seen, case):
    fc, (_, h, w) = case.fc, case.size
    # every h × w window of the large map, flattened and put through the layer
    windows = case.large.unfold(2, h, 1).unfold(3, w, 1)
    flat = windows.permute(0, 2, 3, 1, 4, 5).flatten(3)
    # float64 rounds at 1e-16; a wrong order of the weights is off by 50 % and more
    return [
        close(
            seen["y"],
            fc(case.x.flatten(1))[:, :, None, None].detach(),
            1e-9,
        ),
        close(
            seen["slid"],
            fc(flat).permute(0, 3, 1, 2).detach(),
            1e-9,
            en="on a larger map, relative error",
            zh="在更大的图上的相对误差",
        ),
        equal(
            seen["weights"],
            sum(each.numel() for each in fc.parameters()),
            en="number of parameters",
            zh="参数个数",
        ),
    ]


@as_convolution.answer
def fc_to_conv(fc, channels, height, width):
    conv = nn.Conv2d(
        channels,
        fc.out_features,
        (height, width),
        bias=fc.bias is not None,
        dtype=fc.weight.dtype,
        device=fc.weight.device,
    )
    with torch.no_grad():
        kernel = fc.weight.view(-1, channels, height, width)
        conv.weight.copy_(kernel)
        if fc.bias is not None:
            conv.bias.copy_(fc.bias)
    return conv


@as_convolution.misconception(
    en="the map was flattened as H×W×C", zh="以为特征图是按H×W×C展平的"
)
def channels_last(fc, channels, height, width):
    conv = fc_to_conv(fc, channels, height, width)
    kernel = fc.weight.data.view(-1, height, width, channels)
    conv.weight.data = kernel.permute(0, 3, 1, 2).contiguous()
    return conv


@as_convolution.misconception(
    en="pads, so that the output keeps the size of the map",
    zh="加了填充，使输出与输入同样大",
)
def same_padding(fc, channels, height, width):
    conv = fc_to_conv(fc, channels, height, width)
    conv.padding = (height // 2, width // 2)
    return conv


@as_convolution.misconception(
    en="a 1×1 convolution on the flattened map will do",
    zh="用1×1卷积作用于展平后的特征图",
    raises=(RuntimeError,),
)
def one_by_one(fc, channels, height, width):
    return fc_to_conv(fc, channels * height * width, 1, 1)


@as_convolution.misconception(
    en="forgets the bias",
    zh="忘了偏置",
    on=lambda case: case.fc.bias is not None,
    because=("there is none to forget", "本来就没有偏置"),
)
def without_bias(fc, channels, height, width):
    conv = fc_to_conv(fc, channels, height, width)
    conv.bias = None
    return conv


# --- same_map: which layer is a special case of which -----------------------

same_map = Claim(
    "same_map",
    en="On maps of one size every convolution is a linear layer; a linear layer is a convolution only if the kernel covers "
    "the whole map, without padding",
    zh="特征图大小固定时，卷积都是全连接层；全连接层则要核覆盖整张图且无填充，才是卷积",
    on="cpu",
)

SIDE = 5
PAIRS = {
    ("convolution", "linear layer"): "3×3卷积能否写成全连接层",
    (
        "linear layer",
        "full-size kernel",
    ): "全连接层能否写成核为5×5的无填充卷积",
    (
        "linear layer",
        "full-size kernel, padded",
    ): "全连接层能否写成核为5×5的same填充卷积",
    ("linear layer", "3×3 kernel"): "全连接层能否写成3×3卷积",
}


@same_map.cases
def pairs(rng):
    n = SIDE**2
    for (have, want), zh in PAIRS.items():
        layer = torch.randn(n, n).double()
        if have == "convolution":
            layer = matrix_of(torch.randn(1, 1, 3, 3).double(), padding=1)
        yield Case(
            f"{have} → {want}", zh=zh, have=have, want=want, layer=layer
        )


def matrix_of(kernel, padding):
    """The matrix of a convolution on a map of one channel: column i is what it makes of pixel i."""
    pixels = torch.eye(SIDE**2).double().view(-1, 1, SIDE, SIDE)
    return F.conv2d(pixels, kernel, padding=padding).flatten(1).T


@cache
def family(kind):
    """Matrices that span all layers of a kind with SIDE² outputs."""
    n = SIDE**2
    units = torch.eye(n * n).double()
    if kind == "linear layer":
        return units.view(-1, n, n)
    if kind == "full-size kernel":
        # fits in one place only: an output for each of n channels
        kernels = units.view(-1, n, 1, SIDE, SIDE)
        return torch.stack([matrix_of(each, padding=0) for each in kernels])
    k = SIDE if kind.startswith("full") else 3
    kernels = torch.eye(k * k).double().view(-1, 1, 1, k, k)
    return torch.stack(
        [matrix_of(each, padding=k // 2) for each in kernels]
    )


@same_map.check
def by_least_squares(can_be, case):
    """The member of the family that comes nearest to the layer."""
    layer, basis = case.layer.flatten(), family(case.want).flatten(1)
    # no two matrices of a basis share an entry: each has its own coefficient
    share = basis @ layer / basis.square().sum(1)
    rest = float((layer - share @ basis).norm() / layer.norm())
    return [
        # rounding leaves 1e-16, and a random layer is 0.9 off or more
        equal(
            can_be(case.have, case.want),
            rest < 1e-9,
            en=f"the nearest differs by {rest:.1g}: equal",
            zh=f"最接近的相差{rest:.1g}：可等同",
        ),
        heat_map(
            case.layer / case.layer.abs().max(),
            en="3×3 convolution on a 5×5 map, as the matrix of a linear layer",
            zh="5×5特征图上的3×3卷积，写成全连接层的矩阵",
        ),
    ]


@same_map.answer
def both_ways_with_conditions(have, want):
    return want in ("linear layer", "full-size kernel")


def asks(have, want):
    return lambda case: (case.have, case.want) == (have, want)


ELSEWHERE = ("it speaks of another pair", "它说的是另一种情形")


@same_map.misconception(
    en="a convolution shares weights, so it is no linear layer",
    zh="卷积共享权值，所以不是全连接层",
    on=asks("convolution", "linear layer"),
    because=ELSEWHERE,
)
def sharing_forbids_it(have, want):
    return want == "full-size kernel"


@same_map.misconception(
    en="a kernel as large as the map is enough, padded or not",
    zh="只要核与特征图一样大，填不填充都行",
    on=asks("linear layer", "full-size kernel, padded"),
    because=ELSEWHERE,
)
def whatever_the_padding(have, want):
    return want != "3×3 kernel"


@same_map.misconception(
    en="any linear layer is a convolution, with small kernels too",
    zh="任何全连接层都是卷积，小核也行",
    on=asks("linear layer", "3×3 kernel"),
    because=ELSEWHERE,
)
def whatever_the_kernel(have, want):
    return want != "full-size kernel, padded"


@same_map.misconception(
    en="the two are different kinds of layer and never equal",
    zh="两者是不同的层，永远不等价",
    on=lambda case: both_ways_with_conditions(case.have, case.want),
    because=("there they do differ", "那里确实不等价"),
)
def never(have, want):
    return False


# --- weights: what locality and sharing save --------------------------------

weights = Claim(
    "weights",
    en="Between the same s×s maps a linear layer has (s²)²/k² times the weights of a k×k convolution, whatever the channels",
    zh="输入输出同为s×s特征图时，全连接层的权重数是k×k卷积的 (s²)²/k² 倍，与通道数无关",
    on="cpu",
)


@weights.cases
def maps(rng):
    def draw():
        return {
            "side": rng.choice([6, 9, 10, 12, 15, 20, 30]),
            "k": rng.choice([3, 5]),
            "cin": rng.choice([3, 8, 16, 32]),
            "cout": rng.choice([16, 32, 64]),
        }

    for _ in range(4):
        given = weights.telling(draw)
        side, k, cin, cout = given.values()
        yield Case(f"{side}×{side}, {k}×{k}, {cin} → {cout}", given=given)


@weights.truth(rel=0.02)
def counted(case):
    side, k, cin, cout = case.given.values()
    dense = nn.Linear(cin * side**2, cout * side**2, device="meta")
    conv = nn.Conv2d(cin, cout, k, padding=k // 2, device="meta")
    return dense.weight.numel() / conv.weight.numel()


@weights.answer
def positions_twice(*, side, k, cin, cout):
    return side**4 / k**2


@weights.misconception(
    en="counts the positions of one map only", zh="只算一张图的位置数"
)
def positions_once(*, side, k, cin, cout):
    return side**2 / k**2


@weights.misconception(
    en="counts the sharing, but not the locality",
    zh="只算权值共享，没算局部连接",
)
def sharing_only(*, side, k, cin, cout):
    return side**2


@weights.misconception(
    en="lets the kernel have one input channel",
    zh="以为卷积核只有一个输入通道",
)
def one_input_channel(*, side, k, cin, cout):
    return cin * side**4 / k**2


@weights.misconception(
    en="takes the side of the kernel for its area", zh="把核的边长当成面积"
)
def kernel_side(*, side, k, cin, cout):
    return side**4 / k


if __name__ == "__main__":
    main()
