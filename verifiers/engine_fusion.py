"""Fusions of an inference engine: down a chain of layers, and across layers that read one tensor."""

import torch
from torch import nn
from torch.ao.quantization import fuse_modules
from torch.utils._python_dispatch import TorchDispatchMode

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    equal,
    main,
    table,
)

torch.backends.cudnn.allow_tf32 = (
    False  # float32 on a GPU must mean float32
)


class Operators(TorchDispatchMode):
    """Writes down every operator that torch runs, and the bytes of activations that it reads and writes."""

    def __init__(self):
        super().__init__()
        self.names, self.bytes = [], 0

    def __torch_dispatch__(self, operator, _types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        outputs = result if isinstance(result, tuple) else (result,)
        self.bytes += sum(
            each.numel() * each.element_size()
            for each in (*args, *outputs)
            if activation(each)
        )
        self.names.append(operator.overloadpacket.__name__)
        return result


def activation(value):
    """Whether this is a batch of images, rather than weights or one number a channel."""
    return (
        isinstance(value, torch.Tensor)
        and value.dim() == 4
        and not isinstance(value, nn.Parameter)
    )


def watched(run, x):
    with Operators() as seen:
        return run(x), seen


# --- vertical: a chain becomes one operator ----------------------------------------------------

vertical = Claim(
    "vertical",
    en="Conv + BN + ReLU becomes one operator when BN is folded and bias and ReLU join the convolution's kernel",
    zh="先折叠BN，再把偏置和ReLU并入卷积的核函数，Conv+BN+ReLU就只剩一次算子调用",
)
if not (torch.backends.mkldnn.is_available() or torch.cuda.is_available()):
    vertical.requires = (
        "oneDNN",
    )  # a torch built without it has no convolution with a fused ReLU: skipped


@vertical.cases
def blocks(rng):
    for cin, cout, side in ((16, 24, 14), (32, 16, 9)):
        conv, bn = nn.Conv2d(cin, cout, 1), nn.BatchNorm2d(cout).eval()
        for tensor, low, high in (
            (bn.weight, 0.5, 2),
            (bn.bias, -1, 1),
            (bn.running_mean, -1, 1),
        ):
            nn.init.uniform_(tensor, low, high)
        x = torch.randn(2, cin, side, side, device=rng.device)
        yield Case(
            f"1×1, {cin} → {cout}",
            conv=conv.to(rng.device),
            bn=bn.to(rng.device),
            x=x,
        )


@vertical.check
@torch.no_grad()
def one_operator_same_output(build, case):
    want = case.bn(case.conv(case.x)).relu()
    got, seen = watched(build(case.conv, case.bn), case.x)
    steps = [
        name for name in seen.names if name != "empty"
    ]  # BatchNorm allocates a vector it does not use
    # float32 rounds at 1e-7, and folding regroups sums of 33 terms
    return [
        close(got, want, 1e-5),
        equal(len(steps), 1, en="operators run", zh="执行的算子数"),
        table(
            [("operator", "算子")],
            [(name,) for name in steps],
            en="what ran",
            zh="实际执行",
        ),
    ]


def fold(conv, bn):
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    return conv.weight * scale.reshape(-1, 1, 1, 1), bn.bias + (
        conv.bias - bn.running_mean
    ) * scale


def conv_bias_relu(x, weight, bias):
    """CBR: a convolution with bias and ReLU in its epilogue, from the library of the device."""
    if x.is_cuda:
        return torch.cudnn_convolution_relu(
            x, weight, bias, [1, 1], [0, 0], [1, 1], 1
        )
    pointwise = torch.ops.mkldnn._convolution_pointwise  # noqa: SLF001  # torch offers its fused kernel nowhere else
    return pointwise(
        x, weight, bias, [0, 0], [1, 1], [1, 1], 1, "relu", [], ""
    )


@vertical.answer
def fold_then_fuse(conv, bn):
    weight, bias = fold(conv, bn)
    return lambda x: conv_bias_relu(x, weight, bias)


@vertical.misconception(
    en="one module around the three layers is one kernel",
    zh="三层装进一个模块就成了一个核函数",
)
def wraps_three_layers(conv, bn):
    return nn.Sequential(conv, bn, nn.ReLU())


@vertical.misconception(
    en="fuse_modules makes one kernel of the three layers",
    zh="fuse_modules会把三层变成一个核函数",
)
def fuses_modules(conv, bn):
    """What it returns is called ConvReLU2d, and is a Sequential: its gain comes with quantisation."""
    three = nn.Sequential(conv, bn, nn.ReLU()).eval()
    return fuse_modules(three, ["0", "1", "2"])


@vertical.misconception(
    en="folding BN alone leaves a single kernel",
    zh="只要折叠了BN就只剩一个核函数",
)
def folds_bn_only(conv, bn):
    weight, bias = fold(conv, bn)
    return lambda x: nn.functional.conv2d(x, weight, bias).relu()


@vertical.misconception(
    en="an in-place ReLU is no operator of its own",
    zh="原地ReLU不算单独的算子",
)
def makes_the_relu_in_place(conv, bn):
    weight, bias = fold(conv, bn)
    return lambda x: nn.functional.conv2d(x, weight, bias).relu_()


@vertical.misconception(
    en="an engine takes BN's place by Conv + Bias + ReLU without folding it",
    zh="引擎直接用卷积+偏置+ReLU顶替，无需折叠BN",
)
def leaves_bn_out(conv, bn):
    return lambda x: conv_bias_relu(x, conv.weight, conv.bias)


# --- traffic: what vertical fusion saves -------------------------------------------------------

traffic = Claim(
    "traffic",
    en="Fusing Conv + BN + ReLU saves two writes and two reads of the activation in every block",
    zh="Conv+BN+ReLU融合后，每个块少写两次、少读两次激活",
    on="cpu",
)


@traffic.cases
def stacks(rng):
    for _ in range(4):
        blocks, batch = rng.randint(3, 9), rng.choice([1, 2, 4])
        channels, side = (
            rng.choice([16, 25, 32, 50]),
            rng.choice([10, 20, 30, 40]),
        )
        given = {
            "blocks": blocks,
            "batch": batch,
            "channels": channels,
            "side": side,
        }
        yield Case(
            f"{blocks} blocks of {batch}×{channels}×{side}×{side}",
            zh=f"{blocks} 个块，激活 {batch}×{channels}×{side}×{side}",
            given=given,
        )


@traffic.truth(rel=0.02)
@torch.no_grad()
def counted(case):
    """Add up what each operator of the stack moves; a fused block moves what its convolution alone does."""
    blocks, batch, channels, side = (
        case.given[name] for name in ("blocks", "batch", "channels", "side")
    )
    x = torch.zeros(batch, channels, side, side)
    layers = [
        nn.Conv2d(channels, channels, 1),
        nn.BatchNorm2d(channels).eval(),
        nn.ReLU(),
    ]
    _, eager = watched(nn.Sequential(*layers * blocks), x)
    _, fused = watched(nn.Sequential(*layers[:1] * blocks), x)
    return (eager.bytes - fused.bytes) / 1e6


@traffic.answer
def two_writes_two_reads(*, blocks, batch, channels, side):
    return blocks * 4 * (batch * channels * side**2) * 4 / 1e6


@traffic.misconception(
    en="counts the writes and forgets the reads", zh="只算写，忘了读"
)
def counts_writes_only(*, blocks, batch, channels, side):
    return blocks * 2 * (batch * channels * side**2) * 4 / 1e6


@traffic.misconception(
    en="takes all of a block's traffic as saved",
    zh="把整个块的访存都算作省下的",
)
def saves_everything(*, blocks, batch, channels, side):
    return blocks * 6 * (batch * channels * side**2) * 4 / 1e6


@traffic.misconception(
    en="takes elements for bytes", zh="把元素个数当成字节数"
)
def forgets_four_bytes(*, blocks, batch, channels, side):
    return blocks * 4 * (batch * channels * side**2) / 1e6


# --- horizontal: which layers may merge --------------------------------------------------------

horizontal = Claim(
    "horizontal",
    en="Equal CBRs merge into one wider CBR when they read the same tensor, not when they form a chain or read others",
    zh="同样的CBR只有读取同一个张量时才能合并成一个更宽的CBR；首尾相接或各读各的输入都不行",
)


@horizontal.cases
def wirings(rng):
    for wiring, zh in (
        ("siblings", "并列"),
        ("chain", "首尾相接"),
        ("own inputs", "各读各的输入"),
    ):
        convs = [
            nn.Conv2d(12, 12, 1, device=rng.device, dtype=torch.float64)
            for _ in range(3)
        ]
        inputs = [
            torch.randn(2, 12, 6, 6, dtype=torch.float64, device=rng.device)
            for _ in range(3)
        ]
        yield Case(wiring, zh=zh, wiring=wiring, convs=convs, inputs=inputs)


@horizontal.check
@torch.no_grad()
def against_the_network(mergeable, case):
    """Stack the three kernels into one wider CBR: are its slices the three outputs of the network?"""
    weight = torch.cat([conv.weight for conv in case.convs])
    bias = torch.cat([conv.bias for conv in case.convs])
    wide = (
        nn.functional.conv2d(case.inputs[0], weight, bias)
        .relu()
        .chunk(3, dim=1)
    )
    want = network(case)
    errors = [
        float((got - each).abs().max() / each.abs().max())
        for got, each in zip(wide, want, strict=True)
    ]
    # measured over 200 seeds: 0 where the three read one tensor, above 0.5 where they do not
    found = at_least_if(
        not mergeable(case.wiring),
        max(errors),
        1e-2,
        below=1e-10,
        en="error of the merged layer",
        zh="合并层的误差",
    )
    return [
        found,
        table(
            [("branch", "分支"), ("error", "误差")],
            enumerate(errors, 1),
            en="branch by branch",
            zh="逐分支误差",
        ),
    ]


def network(case):
    """The three outputs as the network defines them."""
    x, outputs = case.inputs[0], []
    for conv, own in zip(case.convs, case.inputs, strict=True):
        reads = {"siblings": case.inputs[0], "chain": x, "own inputs": own}[
            case.wiring
        ]
        x = conv(reads).relu()
        outputs.append(x)
    return outputs


@horizontal.answer
def same_input_only(wiring):
    return wiring == "siblings"


@horizontal.misconception(
    en="three 1×1 CBRs one behind the other merge into one bigger CBR",
    zh="三个首尾相连的1×1 CBR能合并成一个更大的CBR",
    on=lambda case: case.wiring == "chain",
    because=("these three are no chain", "这三层不是首尾相连的"),
)
def merges_a_chain(wiring):
    return wiring in {"siblings", "chain"}


@horizontal.misconception(
    en="the same operation is enough, whatever the inputs",
    zh="只要算子相同就能合并，输入是什么无所谓",
    on=lambda case: case.wiring == "own inputs",
    because=(
        "these have no inputs of their own",
        "这几层没有各自独立的输入",
    ),
)
def merges_equal_operations(wiring):
    return wiring in {"siblings", "own inputs"}


@horizontal.misconception(
    en="branches with different weights cannot be merged",
    zh="各分支权重不同，所以不能合并",
    on=lambda case: case.wiring == "siblings",
    because=("here refusing is right", "这里确实不能合并"),
)
def refuses_different_weights(wiring):
    return False


if __name__ == "__main__":
    main()
