"""Starting values of a layer: He's, with the right fan, and starts that leave all hidden units alike."""

import math

import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    at_most,
    close,
    digits,
    equal,
    main,
    table,
)

kaiming = Claim(
    "kaiming",
    en="He's initialisation: weights from N(0, 2/((1 + a²)·fan)), biases 0, where fan counts connections, groups and "
    "kernel included",
    zh="He初始化：权重取自 N(0, 2/((1 + a²)·fan))，偏置为0；fan数的是连接数，要计入卷积核与分组",
    on="cpu",
)
LAYERS = {  # each with some 80 000 weights, so that a deviation is known to 1 %
    "Linear(200, 400)": lambda: nn.Linear(200, 400),
    "Conv2d(48, 192, 3)": lambda: nn.Conv2d(48, 192, 3),
    "Conv1d(96, 288, 3, bias=False)": lambda: nn.Conv1d(
        96, 288, 3, bias=False
    ),
    "Conv2d(192, 384, 3, groups=8)": lambda: nn.Conv2d(
        192, 384, 3, groups=8
    ),
}


@kaiming.cases
def layers(rng):
    for name in LAYERS:
        for mode in ("fan_in", "fan_out"):
            slope = rng.rounded(0.5, 0.8)
            if mode == "fan_out" and "groups" not in name:
                slope = 0.0
            yield Case(
                f"{name}, slope {slope}, {mode}",
                zh=f"{name}，斜率 {slope}，{mode}",
                name=name,
                slope=slope,
                mode=mode,
            )


@kaiming.observe
def initialised(init, name, slope, mode):
    layer = LAYERS[name]()
    init(layer, slope, mode)
    bias = [] if layer.bias is None else layer.bias
    return layer.weight, bias


@kaiming.check
def as_he_says(seen, case):
    weight, bias = seen
    weight = weight.double().flatten()
    fan = connections(LAYERS[case.name](), case.mode)
    want = math.sqrt(2 / ((1 + case.slope**2) * fan))
    deviation = float(weight.std())
    return [
        # 80 000 weights: off by 1 % at most over 200 seeds
        close(
            deviation,
            want,
            0.03,
            en="standard deviation, relative error",
            zh="标准差的相对误差",
        ),
        at_most(
            abs(float(weight.mean())) / want,
            0.05,
            en="mean ÷ σ",
            zh="均值 ÷ σ",
        ),
        # 3 for a normal distribution, 1.8 for a uniform one
        close(
            float((weight / (deviation or 1)).pow(4).mean()),
            3.0,
            0.13,
            en="fourth moment ÷ σ⁴, relative error",
            zh="四阶矩 ÷ σ⁴ 的相对误差",
        ),
        equal(
            int(torch.as_tensor(bias).count_nonzero()),
            0,
            en="biases other than 0",
            zh="不为0的偏置个数",
        ),
    ]


def connections(layer, mode):
    """Counted: with all weights one, an output adds up its inputs, and an input's gradient its outputs."""
    nn.init.ones_(layer.weight)
    spatial = () if isinstance(layer, nn.Linear) else (9,)
    spatial *= layer.weight.dim() - 2 if spatial else 1
    x = torch.ones(1, layer.weight.shape[1] * groups_of(layer), *spatial)
    x.requires_grad_()
    y = layer(x) - layer(torch.zeros_like(x))
    if mode == "fan_in":
        return round(y.max().item())
    (reached,) = torch.autograd.grad(y.sum(), x)
    return round(reached.max().item())  # away from the border


def groups_of(layer):
    return getattr(layer, "groups", 1)


@kaiming.answer
def kaiming_(layer, slope, mode):
    outputs, inputs, *kernel = layer.weight.shape  # inputs of one group
    groups = getattr(layer, "groups", 1)
    channels = inputs if mode == "fan_in" else outputs // groups
    fan = channels * math.prod(kernel)
    std = math.sqrt(2 / ((1 + slope**2) * fan))
    with torch.no_grad():
        layer.weight.normal_(0, std)
        if layer.bias is not None:
            layer.bias.zero_()


def normal(layer, fan, slope=0.0):
    random_weights(layer, fan, slope)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def random_weights(layer, fan, slope):
    nn.init.normal_(layer.weight, 0, math.sqrt(2 / ((1 + slope**2) * fan)))


def fan_of(layer, mode):
    outputs, inputs, *kernel = layer.weight.shape
    outputs //= groups_of(layer)
    return (inputs if mode == "fan_in" else outputs) * math.prod(kernel)


@kaiming.misconception(
    en="counts channels only, without the kernel's area",
    zh="只数通道，漏掉卷积核面积",
    on=lambda case: "Conv" in case.name,
    because=("a linear layer has no kernel", "线性层没有卷积核"),
)
def without_the_kernel(layer, slope, mode):
    outputs, inputs = layer.weight.shape[:2]
    outputs //= groups_of(layer)
    normal(layer, inputs if mode == "fan_in" else outputs, slope)


@kaiming.misconception(
    en="leaves nn.init.kaiming_normal_ to find fan_out, which knows nothing of groups",
    zh="直接用nn.init.kaiming_normal_算fan_out，而它不知道分组",
    on=lambda case: "groups" in case.name and case.mode == "fan_out",
    because=(
        "fan_in is right: the weight's shape holds the inputs of one group",
        "fan_in是对的：权重形状里本来就是一组的输入数",
    ),
)
def library_fan_out(layer, slope, mode):
    normal(layer, 1)
    nn.init.kaiming_normal_(layer.weight, a=slope, mode=mode)


@kaiming.misconception(
    en="divides the inputs by the groups once more",
    zh="把输入通道又除了一次分组数",
    on=lambda case: "groups" in case.name and case.mode == "fan_in",
    because=("elsewhere nothing is divided twice", "其他情形没有重复相除"),
)
def divides_twice(layer, slope, mode):
    groups = groups_of(layer) if mode == "fan_in" else 1
    normal(layer, fan_of(layer, mode) / groups, slope)


@kaiming.misconception(
    en="forgets the slope below zero",
    zh="忽略负半轴的斜率",
    on=lambda case: case.slope > 0,
    because=("a ReLU's slope is 0", "ReLU的斜率为0"),
)
def as_for_relu(layer, slope, mode):
    normal(layer, fan_of(layer, mode))


@kaiming.misconception(
    en="Xavier's, whose layers keep the signal only without ReLU",
    zh="用了Xavier：只有没有ReLU时才能保持信号",
    on=lambda case: case.slope == 0,
    because=(
        "with a slope below zero the two may come out alike",
        "负半轴有斜率时，两者可能碰巧相同",
    ),
)
def xavier(layer, slope, mode):
    normal(layer, fan_of(layer, "fan_in") + fan_of(layer, "fan_out"))


@kaiming.misconception(
    en="leaves the biases as nn.Linear and nn.Conv2d draw them",
    zh="保留nn.Linear、nn.Conv2d默认的随机偏置",
    on=lambda case: "bias=False" not in case.name,
    because=("there is no bias", "没有偏置"),
)
def random_biases(layer, slope, mode):
    random_weights(layer, fan_of(layer, mode), slope)


# --- starts that leave units alike -----------------------------------------------------------------

symmetry = Claim(
    "symmetry",
    en="Hidden units that start alike stay alike, unless the next layer's random weights send them different gradients",
    zh="起点相同的隐藏单元会一直相同，除非下一层的随机权重给它们传回不同的梯度",
)
SITUATIONS = (  # activation, first layer, second layer
    ("tanh", "random", "random"),
    ("tanh", "zero", "zero"),
    ("tanh", "constant", "constant"),
    ("tanh", "random", "zero"),
    ("tanh", "zero", "random"),
    ("ReLU", "zero", "random"),
)
SYMBOLS = {"random": "N(0, 1/n)", "zero": "0", "constant": "0.1"}
CHINESE = {"random": "随机", "zero": "全零", "constant": "常数"}


@symmetry.cases
def two_layers(rng):
    images, labels = digits()
    picked = torch.randperm(len(images))[:300]
    x = images.flatten(1)[picked].to(rng.device)
    y = labels[picked].to(rng.device)
    runs = [train(x, y, *each) for each in SITUATIONS]
    rows = [
        (each, units, accuracy)
        for each, (units, accuracy) in zip(SITUATIONS, runs, strict=True)
    ]
    for (activation, first, second), units, _ in rows:
        yield Case(
            f"{activation}, first layer {first}, second {second}",
            zh=f"{activation}，第一层{CHINESE[first]}，第二层{CHINESE[second]}",
            activation=activation,
            first=first,
            second=second,
            units=units,
            rows=rows,
        )


def train(x, y, activation, first, second):
    """A net 64 → 12 → 10, biases 0, after 100 full-batch steps: the rank of its first layer, and its accuracy."""
    device = x.device
    net = [
        start(first, 64, 12, device),
        start(second, 12, 10, device),
        torch.zeros(12, device=device, requires_grad=True),
        torch.zeros(10, device=device, requires_grad=True),
    ]
    act = {"tanh": torch.tanh, "ReLU": torch.relu}[activation]
    for _ in range(100):
        features = act(x @ net[0] + net[2])
        scores = features @ net[1] + net[3]
        loss = F.cross_entropy(scores, y)
        slopes = torch.autograd.grad(loss, net)
        with torch.no_grad():
            for each, slope in zip(net, slopes, strict=True):
                each.sub_(0.5 * slope)
    rank = torch.linalg.matrix_rank(net[0].detach(), rtol=1e-3)
    right = (scores.argmax(1) == y).double().mean()
    return int(rank), float(right)


def start(kind, rows, columns, device):
    weight = torch.zeros(rows, columns, device=device)
    if kind == "random":
        weight.normal_(0, rows**-0.5)
    if kind == "constant":
        weight.fill_(0.1)
    return weight.requires_grad_()


@symmetry.observe
def predicted(differ, activation, first, second):
    return differ(activation, first, second)


@symmetry.check
def after_training(differ, case):
    return [
        # 9 or more where units differ, 1 or 0 where not
        at_least_if(
            differ,
            case.units,
            3,
            en="rank of the first layer's weights (12 units)",
            zh="第一层权重的秩（12个单元）",
        ),
        table(
            (
                ("activation", "激活"),
                ("first", "第一层"),
                ("second", "第二层"),
                ("rank", "秩"),
                ("accuracy", "准确率"),
            ),
            [
                (act, SYMBOLS[first], SYMBOLS[second], rank, accuracy)
                for (act, first, second), rank, accuracy in case.rows
            ],
            en="After 100 steps on 300 digits",
            zh="在300个数字图像上训练100步之后",
        ),
    ]


@symmetry.answer
def if_something_tells_them_apart(activation, first, second):
    if first == "random":
        return True
    if first == "zero" and activation == "ReLU":
        return False  # PyTorch's ReLU has slope 0 at 0: no gradient
    return second == "random"  # each unit's gradient has its own weights


@symmetry.misconception(
    en="a layer of zeros never learns",
    zh="只要有一层全零，就学不了",
    on=lambda case: (
        (case.activation, case.first, case.second)
        in (("tanh", "random", "zero"), ("tanh", "zero", "random"))
    ),
    because=("elsewhere it happens to be right", "其他情形恰好说对"),
)
def never_with_zeros(activation, first, second):
    return "zero" not in (first, second) and first == "random"


@symmetry.misconception(
    en="only zeros are bad; any other constant will do",
    zh="只有全零不行，其他常数都可以",
    on=lambda case: case.first == "constant",
    because=("only constants are in question", "只涉及常数"),
)
def any_constant(activation, first, second):
    return first == "constant" or if_something_tells_them_apart(
        activation, first, second
    )


@symmetry.misconception(
    en="the data tell the units apart, whatever their start",
    zh="不管怎么初始化，数据都会让各单元变得不同",
    on=lambda case: (
        (case.first, case.second) != ("random", "random") and case.units < 3
    ),
    because=("where units do differ it is right", "单元确实不同时它说对了"),
)
def the_data_do_it(activation, first, second):
    return True


@symmetry.misconception(
    en="ReLU learns from zeros as tanh does",
    zh="从全零出发，ReLU和tanh一样能学",
    on=lambda case: case.activation == "ReLU",
    because=("only ReLU is in question", "只涉及ReLU"),
)
def relu_like_tanh(activation, first, second):
    return if_something_tells_them_apart("tanh", first, second)


if __name__ == "__main__":
    main()
