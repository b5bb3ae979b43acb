"""Squeeze-and-excitation gates: what they cost, what they do to the signal at first, and one that starts neutral."""

import warnings

import torch
from torch import nn

from quizapp.proof import Case, Claim, at_most, close, equal, main

signal = Claim(
    "signal",
    en="With a last layer of zeros a gate multiplies by σ(0) = ½, one with a skip by 1½, 2σ by 1; gates in a row multiply",
    zh="末层置零时，门把信号乘以 σ(0) = ½，带残差的乘以1½，2σ乘以1；串联则连乘",
    on="cpu",
)


@signal.cases
def rows_of_gates(rng):
    def draw():
        return {each: rng.randint(1, 4) for each in ("a", "b", "c")}

    for _ in range(4):
        given = signal.telling(draw)
        yield Case(f"a, b, c = {tuple(given.values())}", given=given)


@signal.truth(rel=0.02)
def measured(case):
    a, b, c = (case.given[each] for each in ("a", "b", "c"))
    x = start = torch.randn(4, 8, 3, 3, dtype=torch.float64)
    for k in range(a + b + c):
        s = fresh_gate(x)
        x = x * s if k < a else x + x * s if k < a + b else x * 2 * s
    return float(x.norm() / start.norm())


def fresh_gate(x):
    """The output of an untrained gate whose last layer is zero."""
    first, last = (nn.Conv2d(8, 8, 1, dtype=x.dtype) for _ in range(2))
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    with torch.no_grad():
        return last(first(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


@signal.answer
def halves_and_grows(a, b, c):
    return 0.5**a * 1.5**b


@signal.misconception(
    en="a gate of zeros passes everything", zh="末层置零的门让信号原样通过"
)
def unchanged(a, b, c):
    return 1


@signal.misconception(
    en="a skip connection keeps the scale", zh="带残差就不改变尺度"
)
def skips_keep_it(a, b, c):
    return 0.5**a


@signal.misconception(en="2σ starts at ½ as well", zh="2σ的初值也是½")
def all_halve(a, b, c):
    return 0.5 ** (a + c) * 1.5**b


@signal.misconception(
    en="the losses add up instead of multiplying",
    zh="各层的缩放相加而不是相乘",
)
def adds_up(a, b, c):
    return (0.5 * a + 1.5 * b + c) / (a + b + c)


parameters = Claim(
    "parameters",
    en="A squeeze-and-excitation block has 2C²/r weights, C/r + C biases: next to a 3×3 convolution, 2/(9r) of it",
    zh="SE模块有 2C²/r 个权重和 C/r + C 个偏置，约为3×3卷积的 2/(9r)",
    on="cpu",
)


@parameters.cases
def widths(rng):
    def draw():
        r = rng.choice([2, 4, 8, 16])
        return {"C": r * rng.randint(2, 64 // r), "r": r}

    for _ in range(4):
        given = parameters.telling(draw)
        yield Case(f"C = {given['C']}, r = {given['r']}", given=given)


@parameters.truth(rel=0)
def of_a_real_block(case):
    channels = case.given["C"]
    hidden = channels // case.given["r"]
    block = nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.Conv2d(channels, hidden, 1),
        nn.ReLU(),
        nn.Conv2d(hidden, channels, 1),
        nn.Sigmoid(),
    )
    return sum(each.numel() for each in block.parameters())


@parameters.answer
def two_layers_and_biases(C, r):
    return 2 * C * C // r + C // r + C


@parameters.misconception(en="counts one layer only", zh="只算了一层")
def one_layer(C, r):
    return C * C // r + C // r


@parameters.misconception(en="forgets the biases", zh="漏掉偏置")
def without_biases(C, r):
    return 2 * C * C // r


@parameters.misconception(
    en="a gate a channel: C parameters", zh="每个通道一个门，共C个参数"
)
def one_a_channel(C, r):
    return C


@parameters.misconception(
    en="forgets the reduction between the layers", zh="忘了中间要降维"
)
def unreduced(C, r):
    return 2 * C * C + 2 * C


block = Claim(
    "block",
    en="A gate for a trained net starts at exactly 1, yet learns: only its last layer is zero, and 2σ stays below 2",
    zh="给已训练网络用的门，初值恰为1又能学习：只把末层置零，用2σ，尺度不超过2",
)


@block.cases
def uses(rng):
    for channels, reduction in ((rng.choice([8, 12, 16]), 2), (3, 16)):
        kind = torch.arange(12, device=rng.device) % 2 * 2 - 1.0
        x = torch.randn(12, channels, 3, 3, device=rng.device)
        x = x.sign() * (0.5 + x.abs())
        # the mean of channel 0 tells the two kinds of samples apart
        x[:, 0] = kind[:, None, None] * (1 + torch.rand_like(x[:, 0]))
        sides = torch.arange(channels, device=rng.device) % 2 * 2 - 1
        wanted = 1 + 0.6 * kind[:, None] * sides
        yield Case(
            f"{channels} channels, reduction {reduction}",
            zh=f"{channels} 个通道，降维 {reduction} 倍",
            channels=channels,
            reduction=reduction,
            x=x,
            y=x * wanted[:, :, None, None],
        )


@block.observe
def tried(make, channels, reduction, x, y):
    """Outputs at first, after training towards y, of each sample alone, and with weights made 30 times larger."""
    net = make(channels, reduction).to(x.device)
    weights = list(net.parameters())
    first, before = net(x).detach(), (net(x) - y).square().mean().detach()
    train(net, weights, x, y)
    with torch.no_grad():
        after, whole = (net(x) - y).square().mean(), net(x)
        alone = torch.cat([net(each[None]) for each in x])
        for each in weights:
            each.mul_(30)
        scale = net(x) / x
    count = sum(each.numel() for each in weights)
    return count, first, (before, after), (whole, alone), scale


def train(net, weights, x, y):
    """Forty steps of Adam."""
    m, v = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    for t in range(1, 41):
        loss = (net(x) - y).square().mean()
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for i, g in enumerate(slopes):
                m[i].lerp_(g, 0.1)
                v[i].lerp_(g**2, 0.01)
                size = (v[i] / (1 - 0.99**t)).sqrt() + 1e-8
                weights[i] -= 0.05 * m[i] / (1 - 0.9**t) / size


@block.check
def neutral_and_able_to_learn(seen, case):
    count, first, (before, after), (whole, alone), scale = seen
    C, hidden = case.channels, max(1, case.channels // case.reduction)
    found = [
        equal(
            count, 2 * C * hidden + hidden + C, en="parameters", zh="参数"
        ),
        # float32 rounds at 1e-7; a gate of ½ or 1½ is off by a half
        close(first, case.x, 1e-5, en="change at first", zh="初始时的改变"),
        close(
            alone, whole, 1e-4, en="alone or in a batch", zh="单独与成批"
        ),
        at_most(
            float(((scale - 1).abs() - 1).clamp(min=0).max()),
            0.01,
            en="scale beyond 0 to 2",
            zh="尺度超出 0 到 2 的量",
        ),
        close(
            whole / case.x,
            (whole / case.x)[..., :1, :1].expand_as(whole),
            1e-3,
            en="scale by position",
            zh="各位置的尺度",
        ),
    ]
    if hidden >= 4:
        # over 200 seeds the answer is left with under 0.1
        found.append(
            at_most(
                float(after / before),
                0.3,
                en="loss left after 40 steps",
                zh="40步后剩余的损失",
            )
        )
    return found


@block.answer
class Gate(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        hidden = max(1, channels // reduction)
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)
        nn.init.zeros_(self.excite.weight)
        nn.init.zeros_(self.excite.bias)

    def scale(self, z):
        return 2 * torch.sigmoid(z)

    def forward(self, x):
        h = torch.relu(self.squeeze(x.mean((2, 3))))
        return x * self.scale(self.excite(h))[:, :, None, None]


@block.misconception(
    en="a last layer of zeros is enough: plain σ",
    zh="末层置零就够了：直接用σ",
)
class PlainSigmoid(Gate):
    def scale(self, z):
        return torch.sigmoid(z)


@block.misconception(
    en="a skip connection makes it neutral: 1 + σ",
    zh="加残差就是中性的：1 + σ",
)
class OnePlusSigmoid(Gate):
    def scale(self, z):
        return 1 + torch.sigmoid(z)


@block.misconception(
    en="2σ of a random layer is near enough to 1",
    zh="末层随机初始化时，2σ也足够接近1",
)
class RandomLastLayer(Gate):
    def __init__(self, channels, reduction):
        super().__init__(channels, reduction)
        self.excite.reset_parameters()


def learns(case):
    return case.channels // case.reduction >= 4


SMALL = ("so small a gate is not asked to learn", "这么小的门不要求学会")


@block.misconception(
    en="all layers may be zero", zh="所有层都置零", on=learns, because=SMALL
)
class AllZero(Gate):
    def __init__(self, channels, reduction):
        super().__init__(channels, reduction)
        nn.init.zeros_(self.squeeze.weight)
        nn.init.zeros_(self.squeeze.bias)


@block.misconception(
    en="pools over the batch as well: one scale for all samples",
    zh="连batch维一起池化：所有样本共用一组尺度",
    on=learns,
    because=SMALL,
)
class OneForAll(Gate):
    def forward(self, x):
        h = torch.relu(self.squeeze(x.mean((0, 2, 3))[None]))
        return x * self.scale(self.excite(h))[:, :, None, None]


@block.misconception(
    en="needs no bound: 1 + z",
    zh="不需要上下界：1 + z",
    on=learns,
    because=("its one hidden unit may be off", "唯一的隐藏单元可能恒为0"),
)
class Unbounded(Gate):
    def scale(self, z):
        return 1 + z


@block.misconception(
    en="channels // reduction is never 0",
    zh="channels // reduction 不会是0",
    on=lambda case: case.channels < case.reduction,
    because=("there are enough channels", "通道数足够多"),
)
class NoHidden(Gate):
    def __init__(self, channels, reduction):
        super().__init__(channels, reduction)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of empty tensors
            self.squeeze = nn.Linear(channels, channels // reduction)
        if channels < reduction:
            self.excite.weight = nn.Parameter(torch.zeros(channels, 0))


if __name__ == "__main__":
    main()
