"""Folding BatchNorm into the convolution keeps the output, and what breaks it."""

import copy

import torch
from torch import nn

from quizapp.proof import Case, Claim, close, equal, main, replay, trace

torch.backends.cudnn.allow_tf32 = (
    False  # float32 on a GPU must mean float32
)

parity = Claim(
    "parity",
    en="A convolution with BatchNorm folded into it computes what the two computed in eval mode",
    zh="折叠了BN的单个卷积，输出等于推理模式下卷积加BN的输出",
)

# between them every option of a convolution, with and without a bias
LAYERS = {
    # on 12×12 a 7×7 with stride 2 and padding 3 gives 6×6, and so does a bare 7×7: the shape alone shows nothing
    "ResNet stem 7×7 stride 2 padding 3, no bias": (
        "ResNet首层 7×7，步长 2，填充 3，无偏置",
        {"kernel_size": 7, "stride": 2, "padding": 3, "bias": False},
    ),
    "3×3 dilation 2, reflect padding 2": (
        "3×3，膨胀率 2，反射填充 2",
        {
            "kernel_size": 3,
            "padding": 2,
            "dilation": 2,
            "padding_mode": "reflect",
        },
    ),
    "depthwise 3×3, two per channel, circular padding, no bias": (
        "逐通道 3×3，每通道 2 个卷积核，循环填充，无偏置",
        {
            "kernel_size": 3,
            "padding": 1,
            "padding_mode": "circular",
            "groups": 8,
            "out_channels": 16,
            "bias": False,
        },
    ),
    "1×1 groups 4, before BN without affine": (
        "1×1，4 组，后接不带仿射参数的BN",
        {"kernel_size": 1, "groups": 4, "affine": False},
    ),
}
IN_FLOAT32 = ("3×3 dilation 2, reflect padding 2",)
PADDING = {
    "reflection_pad2d",
    "replication_pad2d",
    "constant_pad_nd",
    "new_empty",
    "empty",
    "slice",
    "copy_",
    "detach",
}


def layers(options, rng, dtype):
    """A convolution and its BatchNorm, with statistics that a batch has moved."""
    options = {"in_channels": 8, "out_channels": 12, **options}
    affine = options.pop("affine", True)
    conv = nn.Conv2d(**options).to(rng.device, dtype)
    bn = nn.BatchNorm2d(
        conv.out_channels, eps=rng.choice([1e-5, 1e-3]), affine=affine
    ).to(rng.device, dtype)
    if affine:
        nn.init.uniform_(bn.weight, 0.5, 1.5)
        nn.init.normal_(bn.bias)
        bn.weight.data[
            1::2
        ] *= -1  # a negative γ is as good as a positive one
    see_a_batch(conv, bn)
    nearly_silence(conv, bn, by=rng.log_uniform(1e-3, 1e-2))
    return conv.eval(), bn.eval()


@torch.no_grad()
def see_a_batch(conv, bn):
    """Move the running statistics as training would, away from the 0 and 1 that they begin with."""
    like = {"dtype": conv.weight.dtype, "device": conv.weight.device}
    bn(conv(2 * torch.randn(2, 8, 12, 12, **like) + 1))


@torch.no_grad()
def nearly_silence(conv, bn, by):
    """Shrink channel 0 to what a dying channel looks like: a variance so small that epsilon counts."""
    for tensor in (conv.weight, conv.bias, bn.running_mean):
        if tensor is not None:
            tensor[0] *= by
    bn.running_var[0] *= by**2


@parity.cases
def layers_in_use(rng):
    for name, (zh, options) in LAYERS.items():
        # sums of at most 400 products round at 1e-15 and 1e-6: both have room
        single = name in IN_FLOAT32
        dtype, rel = (
            (torch.float32, 2e-5) if single else (torch.float64, 1e-10)
        )
        conv, bn = layers(options, rng, dtype)
        x, fresh = (
            torch.randn(2, 8, 12, 12, dtype=dtype, device=rng.device)
            for _ in range(2)
        )
        kind = str(dtype)[6:]
        yield Case(
            f"{name}, {kind}",
            zh=f"{zh}，{kind}",
            conv=conv,
            bn=bn,
            x=x,
            fresh=fresh,
            rel=rel,
        )


@parity.observe
@torch.no_grad()
def fold_and_trace(fuse, conv, bn, x):
    """What the fused layer runs; and, by testimony, what became of the layers given."""
    fused = fuse(conv, bn)
    return {"program": trace(fused, x), "layers": state(conv, bn)}


@parity.check
@torch.no_grad()
def one_convolution_same_output(seen, case):
    got, operators = replay(seen["program"], case.fresh)
    names = [each.name for each in operators]
    return [
        close(got, case.bn(case.conv(case.fresh)), case.rel),
        equal(
            " + ".join(name for name in names if name not in PADDING),
            "convolution",
            en="runs",
            zh="执行",
        ),
        close(
            seen["layers"],
            state(case.conv, case.bn),
            1e-12,
            en="change of the layers given",
            zh="传入的层被改动",
        ),
    ]


def state(conv, bn):
    held = (conv.weight, conv.bias, bn.weight, bn.bias)
    held += (bn.running_mean, bn.running_var)
    kept = [each.double().flatten() for each in held if each is not None]
    return torch.cat(kept)


@parity.answer
def fuse_conv_bn(conv, bn):
    # a copy brings stride, padding, dilation, groups and padding mode
    fused = copy.deepcopy(conv)
    gamma, beta = (bn.weight, bn.bias) if bn.affine else (1, 0)
    bias = 0 if conv.bias is None else conv.bias
    scale = gamma / torch.sqrt(bn.running_var + bn.eps)
    fused.weight = nn.Parameter(conv.weight * scale.reshape(-1, 1, 1, 1))
    fused.bias = nn.Parameter(beta + (bias - bn.running_mean) * scale)
    return fused


def parts(conv, bn):
    """γ, β and b, each there even where the layers have none."""
    gamma, beta = (bn.weight, bn.bias) if bn.affine else (1, 0)
    return gamma, beta, 0 if conv.bias is None else conv.bias


def folded(conv, scale, bias):
    """The convolution with other weights; a copy of the layer would take ten times as long."""
    weight = conv.weight * scale.reshape(-1, 1, 1, 1)
    return lambda x: conv._conv_forward(x, weight, bias)  # noqa: SLF001  # torch offers its geometry nowhere else


@parity.misconception(
    en="drops the convolution's own bias",
    zh="漏掉了卷积自己的偏置",
    on=lambda case: case.conv.bias is not None,
    because=(
        "a convolution without bias has none to lose",
        "没有偏置的卷积本来就没有可漏的",
    ),
)
def forgets_the_conv_bias(conv, bn):
    gamma, beta, _ = parts(conv, bn)
    scale = gamma / torch.sqrt(bn.running_var + bn.eps)
    return folded(conv, scale, beta - bn.running_mean * scale)


@parity.misconception(
    en="divides by the variance, not by its root",
    zh="除以方差，而不是标准差",
)
def forgets_the_root(conv, bn):
    gamma, beta, bias = parts(conv, bn)
    scale = gamma / (bn.running_var + bn.eps)
    return folded(conv, scale, beta + (bias - bn.running_mean) * scale)


@parity.misconception(
    en="leaves epsilon out of the root", zh="根号里漏掉了ε"
)
def forgets_epsilon(conv, bn):
    gamma, beta, bias = parts(conv, bn)
    scale = gamma / torch.sqrt(bn.running_var)
    return folded(conv, scale, beta + (bias - bn.running_mean) * scale)


@parity.misconception(
    en="adds epsilon to the root, not to the variance",
    zh="把ε加在标准差上，而不是方差上",
)
def adds_epsilon_outside_the_root(conv, bn):
    gamma, beta, bias = parts(conv, bn)
    scale = gamma / (torch.sqrt(bn.running_var) + bn.eps)
    return folded(conv, scale, beta + (bias - bn.running_mean) * scale)


@parity.misconception(
    en="subtracts the running mean without scaling it",
    zh="减去滑动均值时忘了同样乘上缩放",
)
def forgets_to_scale_the_mean(conv, bn):
    gamma, beta, bias = parts(conv, bn)
    scale = gamma / torch.sqrt(bn.running_var + bn.eps)
    return folded(conv, scale, beta + bias * scale - bn.running_mean)


@parity.misconception(
    en="puts the weights into a new nn.Conv2d(3, 128, 3)",
    zh="把权重塞进一个新建的 nn.Conv2d(3, 128, 3)",
    raises=(RuntimeError,),
)
def hard_codes_the_convolution(conv, bn):
    gamma, beta, bias = parts(conv, bn)
    scale = gamma / torch.sqrt(bn.running_var + bn.eps)
    fused = nn.Conv2d(3, 128, 3)
    fused.weight = nn.Parameter(conv.weight * scale.reshape(-1, 1, 1, 1))
    fused.bias = nn.Parameter(beta + (bias - bn.running_mean) * scale)
    return fused


@parity.misconception(
    en="writes the folded weights into the layer that was given",
    zh="直接改写传入的卷积层",
)
def overwrites_the_convolution(conv, bn):
    fused = fuse_conv_bn(conv, bn)
    conv.weight, conv.bias = fused.weight, fused.bias
    return conv


@parity.misconception(
    en="putting both into one module fuses them",
    zh="把两层装进同一个模块就是融合",
)
def wraps_them_in_one_module(conv, bn):
    return nn.Sequential(conv, bn)


fused_bias = Claim(
    "fused_bias",
    en="The bias of the fused convolution is β + (b - μ)·γ/√(σ²+ε)",
    zh="融合后卷积的偏置是 β + (b - μ)·γ/√(σ²+ε)",
    on="cpu",
)


@fused_bias.cases
def channels(rng):
    for index in range(8):
        given = fused_bias.telling(lambda: channel(rng))
        yield Case(f"channel {index}", zh=f"通道 {index}", given=given)


def channel(rng):
    # σ² + ε is a square that can be taken in the head; ε is far larger than
    # usual, so that it shows. β and b - μ have one sign: the answer is not near 0.
    root, side = rng.choice([0.2, 0.3, 0.4, 0.5]), rng.choice([-1, 1])
    b = rng.rounded(-2, 2, 1)
    return {
        "b": b,
        "gamma": rng.rounded(0.5, 2, 1),
        "beta": side * rng.rounded(0.5, 2, 1),
        "mu": round(b - side * rng.rounded(0.3, 2, 1), 1),
        "var": round(root**2 - 0.01, 2),
        "eps": 0.01,
    }


@fused_bias.truth(rel=0.02)
@torch.no_grad()
def through_the_layers(case):
    """On a black image a convolution returns its bias: what BatchNorm makes of it is the fused bias."""
    given = case.given
    conv, bn = (
        nn.Conv2d(1, 1, 1).double(),
        nn.BatchNorm2d(1, eps=given["eps"]).double().eval(),
    )
    for tensor, name in (
        (conv.bias, "b"),
        (bn.weight, "gamma"),
        (bn.bias, "beta"),
    ):
        tensor.fill_(given[name])
    bn.running_mean.fill_(given["mu"])
    bn.running_var.fill_(given["var"])
    return bn(conv(torch.zeros(1, 1, 1, 1, dtype=torch.float64))).item()


@fused_bias.answer
def bias_after_fusion(*, b, gamma, beta, mu, var, eps):
    return beta + (b - mu) * gamma / (var + eps) ** 0.5


@fused_bias.misconception(
    en="forgets the convolution's bias b", zh="漏掉卷积自己的偏置b"
)
def without_the_conv_bias(*, b, gamma, beta, mu, var, eps):
    return beta - mu * gamma / (var + eps) ** 0.5


@fused_bias.misconception(
    en="divides by σ²+ε, without the root", zh="除以σ²+ε，忘了开方"
)
def without_the_root(*, b, gamma, beta, mu, var, eps):
    return beta + (b - mu) * gamma / (var + eps)


@fused_bias.misconception(
    en="keeps b as it is and moves only the mean",
    zh="b原样保留，只缩放均值",
)
def without_scaling_the_bias(*, b, gamma, beta, mu, var, eps):
    return beta + b - mu * gamma / (var + eps) ** 0.5


@fused_bias.misconception(
    en="adds the mean instead of subtracting it", zh="加上均值而不是减去"
)
def with_the_mean_added(*, b, gamma, beta, mu, var, eps):
    return beta + (b + mu) * gamma / (var + eps) ** 0.5


if __name__ == "__main__":
    main()
