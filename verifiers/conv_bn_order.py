"""Which pairs of a convolution and BatchNorm can become one convolution, and how a transposed one folds."""

import copy

import torch
from torch import nn
from torch.nn.functional import pad, unfold

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    equal,
    heat_map,
    main,
    replay,
    trace,
)

order = Claim(
    "order",
    en="One convolution can replace conv + BN in eval mode, or BN + conv unless zeros are padded; "
    "never with a ReLU between or with batch statistics",
    zh="推理模式下，卷积后接BN总能合成一个卷积；BN在前则要求卷积不补零；中间隔着ReLU或仍用批统计量时都不行",
)

CHAINS = {
    "conv → BN, zero padding": ("conv bn", "zeros", False, True),
    "conv → BN, no padding": ("conv bn", "none", False, True),
    "BN → conv, no padding": ("bn conv", "none", False, True),
    "BN → conv, reflect padding": ("bn conv", "reflect", False, True),
    "BN → conv, zero padding": ("bn conv", "zeros", False, False),
    "conv → ReLU → BN": ("conv relu bn", "zeros", False, False),
    "BN → ReLU → conv": ("bn relu conv", "none", False, False),
    "conv → BN in train mode": ("conv bn", "zeros", True, False),
}
CHAINS_ZH = {
    "conv → BN, zero padding": "卷积 → BN，补零",
    "conv → BN, no padding": "卷积 → BN，无填充",
    "BN → conv, no padding": "BN → 卷积，无填充",
    "BN → conv, reflect padding": "BN → 卷积，反射填充",
    "BN → conv, zero padding": "BN → 卷积，补零",
    "conv → ReLU → BN": "卷积 → ReLU → BN",
    "BN → ReLU → conv": "BN → ReLU → 卷积",
    "conv → BN in train mode": "卷积 → BN，训练模式",
}


@order.cases
def chains(rng):
    for name, (layers, padding, training, possible) in CHAINS.items():
        model = nn.Sequential(
            *(layer(kind, padding, layers) for kind in layers.split())
        )
        model = model.to(rng.device, torch.float64).train(training)
        yield Case(
            name,
            zh=CHAINS_ZH[name],
            model=model,
            layers=layers.split(),
            padding=padding,
            training=training,
            possible=possible,
        )


def layer(kind, padding, layers):
    if kind == "relu":
        return nn.ReLU()
    if kind == "conv":
        return nn.Conv2d(
            3,
            5,
            3,
            padding=int(padding != "none"),
            padding_mode=padding.replace("none", "zeros"),
        )
    return randomised(nn.BatchNorm2d(3 if layers.startswith("bn") else 5))


def randomised(bn):
    """Statistics and parameters as far from mean 0, variance 1, weight 1, bias 0 as training would leave them."""
    for tensor in (bn.bias, bn.running_mean):
        nn.init.normal_(tensor)
    for tensor in (bn.weight, bn.running_var):
        nn.init.uniform_(tensor, 0.5, 2)
    return bn


@order.check
@torch.no_grad()
def against_the_best_convolution(foldable, case):
    """Ask least squares for the best convolution there is; a fold exists only if that one is exact."""
    says = bool(foldable(case.layers, case.padding, case.training))
    device = next(case.model.parameters()).device
    x, fresh = (
        torch.randn(6, 3, 8, 8, dtype=torch.float64, device=device)
        for _ in range(2)
    )
    fresh = (
        2 * fresh + 1
    )  # other statistics than those of the batch that is fitted
    fitted = torch.linalg.lstsq(
        patches(x, case.padding), pixels(case.model(x))
    ).solution
    miss = patches(fresh, case.padding) @ fitted - pixels(
        want := case.model(fresh)
    )
    error = float(miss.abs().max() / want.abs().max())
    # measured over 200 seeds: below 1e-14 where a fold exists, above 0.02 where none does
    finding = at_least_if(
        not says,
        error,
        1e-3,
        below=1e-8,
        en="error of the best convolution",
        zh="最优单个卷积的误差",
    )
    picture = miss.abs().reshape(6, *want.shape[2:], 5).amax((0, 3))
    return [
        finding,
        heat_map(
            picture,
            en="where the best convolution misses",
            zh="最优单个卷积在哪里出错",
        ),
    ]


def patches(x, padding):
    """The columns that a 3×3 convolution weighs, and a column of ones for its bias."""
    if padding != "none":
        x = pad(x, (1, 1, 1, 1), mode=padding.replace("zeros", "constant"))
    columns = unfold(x, 3).transpose(1, 2).flatten(0, 1)
    return pad(columns, (0, 1), value=1.0)


def pixels(y):
    return y.permute(0, 2, 3, 1).flatten(0, 2)


@order.answer
def foldable(layers, padding, training):
    first, last = sorted((layers.index("conv"), layers.index("bn")))
    if training or "relu" in layers[first:last]:
        return False
    return layers[first] == "conv" or padding != "zeros"


@order.misconception(
    en="BN in front of a convolution folds like BN behind it, whatever the padding",
    zh="BN在卷积前面和后面一样能折叠，与填充方式无关",
    on=lambda case: case.layers[0] == "bn" and case.padding == "zeros",
    because=(
        "without zeros at the border it is true",
        "边界不补零时这是对的",
    ),
)
def forgets_the_border(layers, padding, training):
    return foldable(layers, "none", training)


@order.misconception(
    en="only a BN behind the convolution can be folded",
    zh="只有放在卷积后面的BN才能折叠",
    on=lambda case: case.layers[0] == "bn" and case.possible,
    because=(
        "where no fold exists, refusing is right",
        "确实无法折叠时，拒绝是对的",
    ),
)
def folds_only_behind(layers, padding, training):
    return layers[0] == "conv" and foldable(layers, padding, training)


@order.misconception(
    en="a ReLU between the two does not matter",
    zh="两者之间隔一个ReLU没有影响",
    on=lambda case: "relu" in case.layers,
    because=("there is no ReLU here", "这里没有ReLU"),
)
def ignores_the_relu(layers, padding, training):
    return foldable(
        [each for each in layers if each != "relu"], padding, training
    )


@order.misconception(
    en="BN in train mode can be folded too",
    zh="训练模式下的BN也能折叠",
    on=lambda case: case.training,
    because=("this BN uses running statistics", "这里的BN用的是滑动统计量"),
)
def folds_batch_statistics(layers, padding, training):
    return foldable(layers, padding, training=False)


transposed = Claim(
    "transposed",
    en="BatchNorm folds into a transposed convolution along its own output axis, group by group",
    zh="BN折叠进转置卷积时，要沿它自己的输出通道轴、逐组缩放",
)

UPSAMPLERS = {
    "6 → 10": ("6 → 10", 6, 10, {}),
    # as many in as out: a scale on the wrong axis fits, and is silently wrong
    "8 → 8, stride 2": (
        "8 → 8，步长 2",
        8,
        8,
        {"stride": 2, "padding": 1, "output_padding": 1},
    ),
    "8 → 8, no bias": ("8 → 8，无偏置", 8, 8, {"bias": False}),
    "8 → 12, groups 4": ("8 → 12，4 组", 8, 12, {"groups": 4, "stride": 2}),
    "depthwise 8, dilation 2": (
        "逐通道，8 通道，膨胀率 2",
        8,
        8,
        {"groups": 8, "dilation": 2},
    ),
}


@transposed.cases
def upsamplers(rng):
    for name, (zh, inputs, outputs, options) in UPSAMPLERS.items():
        conv = nn.ConvTranspose2d(inputs, outputs, 3, **options).to(
            rng.device, torch.float64
        )
        bn = (
            randomised(nn.BatchNorm2d(outputs))
            .to(rng.device, torch.float64)
            .eval()
        )
        x, fresh = torch.randn(
            2, 2, inputs, 7, 7, dtype=torch.float64, device=rng.device
        )
        yield Case(name, zh=zh, conv=conv, bn=bn, x=x, fresh=fresh)


@transposed.observe
@torch.no_grad()
def fold_and_trace(fuse, conv, bn, x):
    """What the fused layer runs; and, by testimony, what became of the weight given."""
    return {"program": trace(fuse(conv, bn), x), "weight": conv.weight}


@transposed.check
@torch.no_grad()
def same_output(seen, case):
    got, operators = replay(seen["program"], case.fresh)
    return [
        close(got, case.bn(case.conv(case.fresh)), 1e-10),
        equal(
            " + ".join(kind(each) for each in operators),
            "transposed convolution",
            en="runs",
            zh="执行",
        ),
        close(
            seen["weight"],
            case.conv.weight,
            1e-12,
            en="change of the weight given",
            zh="传入的权重被改动",
        ),
    ]


def kind(operator):
    turned = operator.options.get("transposed")
    return f"transposed {operator.name}" if turned else operator.name


@transposed.answer
def fuse_transposed_conv_bn(conv, bn):
    fused = copy.deepcopy(conv)
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    # the weight is (Cin, Cout/groups, k, k): the rows of a group meet
    # the output channels of that group
    inputs = conv.in_channels // conv.groups
    rows = scale.reshape(conv.groups, -1).repeat_interleave(inputs, dim=0)
    fused.weight = nn.Parameter(conv.weight * rows[:, :, None, None])
    bias = 0 if conv.bias is None else conv.bias
    fused.bias = nn.Parameter(bn.bias + (bias - bn.running_mean) * scale)
    return fused


def folded(conv, bn, scaled_weight):
    """The transposed convolution with the weight given, and the right bias."""
    fused = copy.deepcopy(conv)
    fused.weight = nn.Parameter(scaled_weight)
    bias = 0 if conv.bias is None else conv.bias
    fused.bias = nn.Parameter(
        bn.bias + (bias - bn.running_mean) * scale_of(bn)
    )
    return fused


def scale_of(bn):
    return bn.weight / torch.sqrt(bn.running_var + bn.eps)


@transposed.misconception(
    en="scales dimension 0, as for an ordinary convolution",
    zh="像普通卷积那样缩放第0维",
    on=lambda case: case.conv.groups < case.conv.in_channels,
    because=(
        "in a depthwise layer each input channel is its own output channel",
        "逐通道卷积里，每个输入通道就是自己的输出通道",
    ),
    raises=(RuntimeError,),
)
def scales_dimension_zero(conv, bn):
    return folded(conv, bn, conv.weight * scale_of(bn).reshape(-1, 1, 1, 1))


@transposed.misconception(
    en="scales dimension 1 and forgets the groups",
    zh="缩放第1维，却忘了分组",
    on=lambda case: case.conv.groups > 1,
    because=("with one group it is right", "只有一组时这是对的"),
    raises=(RuntimeError,),
)
def forgets_the_groups(conv, bn):
    return folded(conv, bn, conv.weight * scale_of(bn).reshape(1, -1, 1, 1))


@transposed.misconception(
    en="changes only the bias", zh="只改偏置，不缩放卷积核"
)
def leaves_the_weight(conv, bn):
    return folded(conv, bn, conv.weight)


if __name__ == "__main__":
    main()
