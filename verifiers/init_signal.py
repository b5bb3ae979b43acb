"""Initialisation as a product over layers: what one layer does to the signal, it does again in the next."""

import math

import torch
from torch import nn

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    main,
    table,
)

# --- forward: the second moment, layer by layer ----------------------------------------------------

moment = Claim(
    "moment",
    en="A ReLU layer whose weights have variance c/n multiplies the mean square of its pre-activations by c/2",
    zh="权重方差为 c/n 的ReLU层，每过一层，预激活的均方值乘以 c/2",
    on="cpu",
)


@moment.cases
def stacks(rng):
    for a, b in rng.sample([(1, 1), (1, 3), (3, 1), (1, 2)], 3):
        given = {"a": a, "b": b, "layers": rng.randint(3, 6)}
        label = f"Var(w) = {a}/({b}n), L = {given['layers']}"
        yield Case(label, given=given, ratio=through_wide_layers(**given))


def through_wide_layers(a, b, layers, width=1_000_000):
    """Given a layer's inputs, its pre-activations are independent and normal: no need to store 10¹² weights."""
    z = start = torch.randn(width)
    for _ in range(layers):
        square = z.relu().square().mean()
        z = torch.randn(width) * (a / b * square).sqrt()
    return float(z.square().mean() / start.square().mean())


# A million units leave 2 % at most over 200 seeds; the nearest wrong formula is 60 % off.
@moment.truth(rel=0.06)
def measured(case):
    return case.ratio


@moment.answer
def relu_keeps_half_of_the_square(a, b, layers):
    return (a / b / 2) ** layers


@moment.misconception(
    en="forgets the ReLU: n·Var(w) per layer",
    zh="漏掉ReLU：每层乘以 n·Var(w)",
)
def as_if_linear(a, b, layers):
    return (a / b) ** layers


@moment.misconception(
    en="takes the variance of the ReLU's output, mean subtracted, instead of its mean square",
    zh="用ReLU输出减去均值后的方差，而不是均方值",
)
def variance_of_the_output(a, b, layers):
    return (a / b * (1 / 2 - 1 / (2 * math.pi))) ** layers


@moment.misconception(
    en="halves the standard deviation, not the square",
    zh="以为减半的是标准差，而不是均方值",
)
def half_the_deviation(a, b, layers):
    return (a / b / 4) ** layers


@moment.misconception(
    en="the layers do not compound: the factor of a single one",
    zh="各层不累积：只算一层的倍数",
)
def a_single_layer(a, b, layers):
    return a / b / 2


# --- backward: which initialisation fits which activation ------------------------------------------

fits = Claim(
    "fits",
    en="Xavier fits what has slope 1 at 0: linear and tanh, not sigmoid; with the gain √2 it fits ReLU",
    zh="Xavier适合在0处斜率为1的激活（线性、tanh），不适合sigmoid；乘上增益√2就适合ReLU",
)
ACTIVATIONS = {
    "identity": nn.Identity(),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "ReLU": nn.ReLU(),
}
STARTS = {  # of square matrices
    "Xavier": nn.init.xavier_normal_,
    "Xavier·√2": lambda w: nn.init.xavier_normal_(w, 2**0.5),
    "He": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "nn.Linear()": lambda w: nn.init.kaiming_uniform_(w, 5**0.5),
}
DEPTH = 12
PAIRS = (
    ("identity", "Xavier"),
    ("tanh", "Xavier"),
    ("sigmoid", "Xavier"),
    ("ReLU", "Xavier"),
    ("ReLU", "Xavier·√2"),
    ("ReLU", "He"),
    ("ReLU", "nn.Linear()"),
    ("tanh", "nn.Linear()"),
)


@fits.cases
def twelve_layers(rng):
    runs = [backwards(*pair, rng.device) for pair in PAIRS]
    rows = [
        (*pair, run**DEPTH, run)
        for pair, run in zip(PAIRS, runs, strict=True)
    ]
    for activation, start, arriving, _ in rows:
        yield Case(
            f"{activation}, {start}",
            zh=f"激活函数 {activation}，{start}",
            activation=activation,
            start=start,
            arriving=arriving,
            rows=rows,
        )


def backwards(activation, start, device, width=256):
    """What a layer does to the mean square of the gradient on its way from the output to the input, on average."""
    x = y = torch.randn(32, width, device=device).requires_grad_()
    for _ in range(DEPTH):
        weight = STARTS[start](torch.empty(width, width, device=device))
        y = ACTIVATIONS[activation](y @ weight.T)
    sent = torch.randn_like(y)
    (slope,) = torch.autograd.grad(y, x, sent)
    return float(slope.square().mean() / sent.square().mean()) ** (
        1 / DEPTH
    )


@fits.observe
def predicted(arrives, activation, start):
    return arrives(activation, start)


@fits.check
def at_the_input(arrives, case):
    return [
        # over 200 seeds 0.05 or more where it arrives, 4e-4 or less where not
        at_least_if(
            arrives,
            case.arriving,
            0.01,
            en="mean square of the gradient at the input / at the output",
            zh="输入处与输出处梯度的均方值之比",
        ),
        table(
            (
                ("activation", "激活"),
                ("start", "初始化"),
                ("12 layers", "12层"),
                ("per layer", "每层"),
            ),
            case.rows,
            en="Mean square of the gradient at the input / at the output",
            zh="输入处与输出处梯度的均方值之比",
        ),
    ]


@fits.answer
def factor_near_one(activation, start):
    # n·Var(w) × the mean square of the activation's slope
    spread = 1 / 3 if "Linear" in start else 1
    spread *= 2 if start in ("He", "Xavier·√2") else 1
    slope = {"identity": 1, "tanh": 1, "sigmoid": 1 / 16, "ReLU": 1 / 2}
    return spread * slope[activation] > 0.9


@fits.misconception(
    en="Xavier is for saturating activations: sigmoid and tanh, but never ReLU",
    zh="Xavier只适用于sigmoid、tanh这类饱和激活，不能用于ReLU",
    on=lambda case: (
        case.activation == "sigmoid" or case.start == "Xavier·√2"
    ),
    because=("elsewhere it happens to be right", "其他情形恰好说对"),
)
def saturating_only(activation, start):
    if start.startswith("Xavier"):
        return activation in ("sigmoid", "tanh", "identity")
    return factor_near_one(activation, start)


@fits.misconception(
    en="Xavier keeps the variance, whatever the activation",
    zh="Xavier保持方差，与激活函数无关",
    on=lambda case: (case.activation, case.start) in PAIRS[2:4],
    because=("elsewhere it is right", "其他情形它是对的"),
)
def xavier_everywhere(activation, start):
    return start == "Xavier" or factor_near_one(activation, start)


@fits.misconception(
    en="nn.Linear's default is He's initialisation",
    zh="nn.Linear的默认初始化就是He初始化",
    on=lambda case: (case.activation, case.start) == PAIRS[6],
    because=("only the default under ReLU", "只涉及ReLU下的默认初始化"),
)
def default_is_he(activation, start):
    start = "He" if "Linear" in start and activation == "ReLU" else start
    return factor_near_one(activation, start)


@fits.misconception(
    en="nn.Linear's default suits tanh",
    zh="nn.Linear的默认初始化适合tanh",
    on=lambda case: (case.activation, case.start) == PAIRS[7],
    because=("only the default under tanh", "只涉及tanh下的默认初始化"),
)
def default_suits_tanh(activation, start):
    return activation == "tanh" or factor_near_one(activation, start)


# --- the bound of the uniform distribution ---------------------------------------------------------

bound = Claim(
    "bound",
    en="Xavier draws a convolution's weights from U(−a, a) with a = √(6/((c_in + c_out)·k²))",
    zh="对卷积做Xavier均匀初始化：权重取自 U(−a, a)，a = √(6/((c_in + c_out)·k²))",
    on="cpu",
)


@bound.cases
def convolutions(rng):
    def draw():
        # (c_in + c_out) = 6·2²ʲ: the root comes out even
        c_in, c_out = rng.choice([(8, 16), (32, 64), (128, 256)])
        if rng.random() < 0.5:
            c_in, c_out = c_out, c_in
        return {"c_in": c_in, "c_out": c_out, "k": rng.choice([3, 5, 7])}

    for _ in range(3):
        given = bound.telling(draw)
        size = f"{given['c_in']} → {given['c_out']}, k = {given['k']}"
        yield Case(size, zh=size.replace(", ", "，"), given=given)


# The largest of 1152 or more draws is 0.9 % short of the bound at most; the nearest wrong formula is 13 % off.
@bound.truth(rel=0.02)
def largest_weight(case):
    given = case.given
    weight = torch.empty(
        given["c_out"], given["c_in"], given["k"], given["k"]
    )
    return nn.init.xavier_uniform_(weight).abs().max().item()


@bound.answer
def from_both_fans(c_in, c_out, k):
    variance = 2 / ((c_in + c_out) * k**2)
    return math.sqrt(3 * variance)  # U(−a, a) has variance a²/3


@bound.misconception(
    en="√(3/n) with n inputs, which is LeCun's initialisation",
    zh="√(3/n)，n为输入个数：这是LeCun初始化",
)
def lecun(c_in, c_out, k):
    return math.sqrt(3 / (c_in * k**2))


@bound.misconception(
    en="counts channels only, without the kernel's area",
    zh="只数通道，漏掉卷积核面积",
)
def without_the_kernel(c_in, c_out, k):
    return math.sqrt(6 / (c_in + c_out))


@bound.misconception(
    en="takes the standard deviation for the bound",
    zh="把标准差当成了均匀分布的界",
)
def deviation(c_in, c_out, k):
    return math.sqrt(2 / ((c_in + c_out) * k**2))


@bound.misconception(
    en="√(6/n) with n inputs, which is He's",
    zh="√(6/n)，n为输入个数：这是He初始化",
)
def he(c_in, c_out, k):
    return math.sqrt(6 / (c_in * k**2))


# --- PyTorch's default -----------------------------------------------------------------------------

default = Claim(
    "default",
    en="nn.Linear and nn.Conv2d draw weights and biases from U(−1/√fan_in, 1/√fan_in): variance 1/(3·fan_in), a sixth of He's",
    zh="nn.Linear和nn.Conv2d的权重与偏置默认都取自 U(−1/√fan_in, 1/√fan_in)：方差为 1/(3·fan_in)，是He的六分之一",
    on="cpu",
)


@default.cases
def fresh_layers(rng):
    n, m, c = rng.randint(150, 300), rng.randint(400, 600), 16
    for name, layer, fan_in, fan_out in (
        (f"nn.Linear({n}, {m})", nn.Linear(n, m), n, m),
        (
            f"nn.Conv2d({c}, {8 * c}, 5)",
            nn.Conv2d(c, 8 * c, 5),
            25 * c,
            200 * c,
        ),
    ):
        yield Case(
            name, layer=layer, fans={"fan_in": fan_in, "fan_out": fan_out}
        )


@default.check
def weights_and_biases(spread, case):
    weight, bias = case.layer.weight.detach(), case.layer.bias.detach()
    deviation, largest = spread(**case.fans)
    return [
        # tens of thousands of weights; over 200 seeds off by 0.8 % at most
        close(
            deviation,
            float(weight.std()),
            0.03,
            en="standard deviation of the weights, relative error",
            zh="权重标准差的相对误差",
        ),
        # of 128 biases or more the largest is nearly at the bound
        close(
            largest,
            float(bias.abs().max()),
            0.2,
            en="largest bias, relative error",
            zh="最大偏置的相对误差",
        ),
    ]


@default.answer
def uniform_within_one_over_root(fan_in, fan_out):
    limit = 1 / math.sqrt(fan_in)
    return limit / math.sqrt(3), limit


@default.misconception(
    en="He's: variance 2/fan_in, biases 0", zh="He：方差 2/fan_in，偏置为0"
)
def he_with_zero_bias(fan_in, fan_out):
    return math.sqrt(2 / fan_in), 0.0


@default.misconception(
    en="Xavier's: variance 2/(fan_in + fan_out), biases 0",
    zh="Xavier：方差 2/(fan_in + fan_out)，偏置为0",
)
def xavier_with_zero_bias(fan_in, fan_out):
    return math.sqrt(2 / (fan_in + fan_out)), 0.0


@default.misconception(
    en="LeCun's: variance 1/fan_in, biases 0",
    zh="LeCun：方差 1/fan_in，偏置为0",
)
def lecun_with_zero_bias(fan_in, fan_out):
    return math.sqrt(1 / fan_in), 0.0


@default.misconception(
    en="the weights as they are, but the biases 0",
    zh="权重说对了，但以为偏置为0",
)
def zero_bias(fan_in, fan_out):
    return uniform_within_one_over_root(fan_in, fan_out)[0], 0.0


if __name__ == "__main__":
    main()
