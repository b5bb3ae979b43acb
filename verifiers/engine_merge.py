"""Horizontal fusion in code: parallel convolutions as one wider convolution, and what it saves."""

import torch
from torch import nn

from quizapp.proof import (
    Case,
    Claim,
    close,
    equal,
    faster,
    main,
    replay,
    trace,
)

torch.backends.cudnn.allow_tf32 = (
    False  # float32 on a GPU must mean float32
)


# --- outputs: the same, or an error ------------------------------------------------------------

outputs = Claim(
    "outputs",
    en="Parallel convolutions of equal geometry are one wider convolution whose output is split",
    zh="几何参数相同的并列卷积等于一个更宽的卷积，输出再按通道切开",
)

SIBLINGS = {
    "three 1×1 of 8": ("三个 1×1，各 8 通道", [{}, {}, {}]),
    "widths 4, 6 and 10": (
        "通道数 4、6、10",
        [{"out_channels": 4}, {"out_channels": 6}, {"out_channels": 10}],
    ),
    "bias on the second only": (
        "只有第二个带偏置",
        [{"bias": False}, {}, {"bias": False}],
    ),
    "no bias anywhere": ("都不带偏置", [{"bias": False}, {"bias": False}]),
    "3×3 stride 2 padding 1": (
        "3×3，步长 2，填充 1",
        [{"kernel_size": 3, "stride": 2, "padding": 1}] * 2,
    ),
    "3×3 dilation 2 padding 2": (
        "3×3，膨胀率 2，填充 2",
        [{"kernel_size": 3, "dilation": 2, "padding": 2}] * 3,
    ),
    "3×3 reflect padding": (
        "3×3，反射填充",
        [{"kernel_size": 3, "padding": 1, "padding_mode": "reflect"}] * 2,
    ),
}
STRANGERS = {
    "strides 1 and 2": ("步长 1 与 2", [{"stride": 1}, {"stride": 2}]),
    "kernels 1×1 and 3×3": (
        "卷积核 1×1 与 3×3",
        [{"kernel_size": 1}, {"kernel_size": 3, "padding": 1}],
    ),
    "paddings 0 and 1": (
        "填充 0 与 1",
        [{"kernel_size": 3}, {"kernel_size": 3, "padding": 1}],
    ),
    "zero and reflect padding": (
        "零填充与反射填充",
        [
            {"kernel_size": 3, "padding": 1},
            {"kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
        ],
    ),
    # stacked kernels of two groups would meet the wrong input channels
    "both in two groups": ("都分成两组", [{"groups": 2}, {"groups": 2}]),
    "dilations 1 and 2": (
        "膨胀率 1 与 2",
        [
            {"kernel_size": 3, "padding": 1},
            {"kernel_size": 3, "padding": 2, "dilation": 2},
        ],
    ),
}


@outputs.cases
def families(rng):
    for group, fate in ((SIBLINGS, "merged"), (STRANGERS, "ValueError")):
        for name, (zh, options) in group.items():
            convs = [
                convolution(**each).to(rng.device, torch.float64)
                for each in options
            ]
            x, fresh = torch.randn(
                2, 2, 12, 9, 9, dtype=torch.float64, device=rng.device
            )
            yield Case(
                name, zh=zh, convs=convs, x=x, fresh=fresh, fate=fate
            )


def convolution(out_channels=8, kernel_size=1, **options):
    return nn.Conv2d(12, out_channels, kernel_size, **options)


@outputs.observe
@torch.no_grad()
def merge_and_trace(merge, convs, x):
    """What the merged layer runs; and, by testimony, what became of the layers. Or that there is none."""
    try:
        run = merge(list(convs))
    except ValueError:
        return "ValueError"
    program = trace(lambda x: list(run(x)), x)
    return {"program": program, "layers": weights(convs)}


@outputs.check
@torch.no_grad()
def one_convolution_same_outputs(seen, case):
    fate = seen if seen == "ValueError" else "merged"
    if "ValueError" in (fate, case.fate):
        return equal(
            fate, case.fate, en="these convolutions", zh="这组卷积"
        )
    return [
        *same(seen["program"], case),
        close(
            seen["layers"],
            weights(case.convs),
            1e-12,
            en="change of the layers",
            zh="原层被改动",
        ),
    ]


def same(program, case):
    want = [conv(case.fresh) for conv in case.convs]
    got, operators = replay(program, case.fresh)
    count = sum("conv" in each.name for each in operators)
    yield equal(count, 1, en="convolutions run", zh="执行的卷积次数")
    yield equal(
        [each.shape[1] for each in got],
        [each.shape[1] for each in want],
        en="widths",
        zh="各输出的通道数",
    )
    for index, (mine, theirs) in enumerate(zip(got, want, strict=False), 1):
        yield close(
            mine,
            theirs,
            1e-10,
            en=f"relative error of output {index}",
            zh=f"第 {index} 个输出的相对误差",
        )


def weights(convs):
    return torch.cat(
        [
            parameter.flatten()
            for conv in convs
            for parameter in conv.parameters()
        ]
    )


@outputs.answer
def merge_parallel_convs(convs):
    geometry = "kernel_size stride padding dilation groups padding_mode"
    first = convs[0]
    for name in geometry.split():
        if len({getattr(conv, name) for conv in convs}) > 1:
            raise ValueError(f"cannot merge: {name} differs")
    if first.groups != 1:
        raise ValueError("cannot merge: grouped outputs would interleave")
    widths = [conv.out_channels for conv in convs]
    wide = nn.Conv2d(
        first.in_channels,
        sum(widths),
        first.kernel_size,
        stride=first.stride,
        padding=first.padding,
        dilation=first.dilation,
        padding_mode=first.padding_mode,
    )
    biases = []
    for conv in convs:
        none = conv.weight.new_zeros(conv.out_channels)
        biases.append(none if conv.bias is None else conv.bias)
    wide.weight = nn.Parameter(torch.cat([conv.weight for conv in convs]))
    wide.bias = nn.Parameter(torch.cat(biases))
    return lambda x: wide(x).split(widths, dim=1)


def stacked(convs):
    """Kernels and biases stacked along the output channels; a missing bias is zero."""
    biases = [
        conv.weight.new_zeros(conv.out_channels)
        if conv.bias is None
        else conv.bias
        for conv in convs
    ]
    return torch.cat([conv.weight for conv in convs]), torch.cat(biases)


def like(conv, weight, bias):
    """The stacked convolution with the geometry of ``conv``."""
    return lambda x: nn.functional.conv2d(
        x,
        weight,
        bias,
        conv.stride,
        conv.padding,
        conv.dilation,
        conv.groups,
    )


@outputs.misconception(
    en="merges whatever shares its input, without comparing the geometry",
    zh="只看输入相同就合并，不比较几何参数",
    on=lambda case: case.fate == "ValueError",
    because=("the geometries are equal here", "这里几何参数相同"),
    raises=(RuntimeError,),
)
def ignores_the_geometry(convs):
    wide = like(convs[0], *stacked(convs))
    return lambda x: wide(x).split(
        [conv.out_channels for conv in convs], dim=1
    )


@outputs.misconception(
    en="cuts the output into equal pieces",
    zh="把输出等分，而不是按各自的通道数切开",
    on=lambda case: len({conv.out_channels for conv in case.convs}) > 1,
    because=(
        "branches of equal width are cut right",
        "各分支等宽时，等分恰好是对的",
    ),
)
def cuts_equal_pieces(convs):
    wide = like(convs[0], *stacked(convs))
    return lambda x: wide(x).chunk(len(convs), dim=1)


@outputs.misconception(
    en="leaves the biases behind",
    zh="合并时丢掉了偏置",
    on=lambda case: (
        case.fate == "merged"
        and any(conv.bias is not None for conv in case.convs)
    ),
    because=(
        "there is no bias to lose, or no merge to make",
        "没有偏置可丢，或本来就不该合并",
    ),
)
def leaves_the_biases(convs):
    wide = like(convs[0], stacked(convs)[0], None)
    return lambda x: wide(x).split(
        [conv.out_channels for conv in convs], dim=1
    )


@outputs.misconception(
    en="gives the wide convolution default stride, padding and dilation",
    zh="新卷积用了默认的步长、填充和膨胀率",
    on=lambda case: (
        case.fate == "merged" and case.convs[0].kernel_size == (3, 3)
    ),
    because=(
        "these 1×1 convolutions have the defaults themselves",
        "这几个1×1卷积本来就是默认参数",
    ),
)
def resets_the_geometry(convs):
    wide = like(nn.Conv2d(1, 1, 1), *stacked(convs))
    return lambda x: wide(x).split(
        [conv.out_channels for conv in convs], dim=1
    )


@outputs.misconception(
    en="calling the branches from one function merges them",
    zh="在一个函数里依次调用各分支就算合并",
    on=lambda case: case.fate == "merged",
    because=("nothing is to be merged here", "这里本来就不该合并"),
)
def calls_them_in_turn(convs):
    return lambda x: [conv(x) for conv in convs]


# --- speed: what it saves ----------------------------------------------------------------------

speed = Claim(
    "speed",
    en="On a small feature map one merged 1×1 convolution takes less time than three siblings",
    zh="特征图较小时，合并成一个1×1卷积比分别跑三个并列的1×1卷积更快",
    on="cpu",  # on a GPU launches count: any arrangement with fewer of them may win
)


@speed.cases
def branches(rng):
    for channels, side in ((64, 7), (32, 7)):
        convs = [
            nn.Conv2d(channels, channels, 1, device=rng.device)
            for _ in range(3)
        ]
        x = torch.randn(1, channels, side, side, device=rng.device)
        yield Case(
            f"{channels} → 3×{channels}, {side}×{side}",
            convs=convs,
            x=x,
            device=rng.device,
        )


@speed.check
@torch.no_grad()
def timed_in_pairs(arrange, case):
    def one_by_one():
        return [conv(case.x) for conv in case.convs]

    run = arrange(case.convs)
    ratio = faster(one_by_one, lambda: run(case.x), 0.8, device=case.device)
    return [
        close(
            torch.cat(list(run(case.x)), 1),
            torch.cat(one_by_one(), 1),
            1e-4,
        ),
        ratio,
    ]


@speed.answer
def one_wider_convolution(convs):
    weight, bias = stacked(convs)
    widths = [conv.out_channels for conv in convs]
    return lambda x: nn.functional.conv2d(x, weight, bias).split(
        widths, dim=1
    )


@speed.misconception(
    en="the same three branches, timed against themselves",
    zh="原样三个分支，自己和自己比",
)
def changes_nothing(convs):
    return lambda x: [conv(x) for conv in convs]


@speed.misconception(
    en="a grouped convolution over three copies of the input is the merged layer",
    zh="把输入复制三份再做分组卷积，就是合并",
)
def groups_over_copies(convs):
    weight, bias = stacked(convs)
    return lambda x: nn.functional.conv2d(
        x.repeat(1, 3, 1, 1), weight, bias, groups=3
    ).chunk(3, dim=1)


if __name__ == "__main__":
    main()
