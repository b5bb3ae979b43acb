"""What activation functions do to gradients: through many layers, in the backward pass, and far below zero."""

from math import log10

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    curves,
    main,
    table,
)

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": F.softplus,
}

vanishing = Claim(
    "vanishing",
    en="Through sigmoid layers the gradient vanishes, with larger weights too; through tanh and ReLU, scaled "
    "properly, it arrives",
    zh="梯度穿过多层sigmoid会消失，放大权重也无济于事；tanh和ReLU只要权重尺度合适，梯度就能传回",
    on="cpu",
)


@vanishing.cases
def stacks(rng):
    for activation, gain, depth in (
        ("sigmoid", 1, rng.randint(10, 12)),
        ("tanh", 1, rng.randint(10, 12)),
        ("relu", 2**0.5, rng.randint(10, 12)),
        ("sigmoid", 4, 30),
        ("tanh", 5, rng.randint(10, 12)),
    ):
        # orthogonal weights keep every length: what is lost is lost in the activations
        weights = gain * torch.linalg.qr(torch.randn(depth, 64, 64))[0]
        yield Case(
            f"{activation}, {depth} layers, weights {gain:.3g} × orthogonal",
            zh=f"{activation}，{depth} 层，权重为正交矩阵的 {gain:.3g} 倍",
            activation=activation,
            gain=gain,
            weights=weights.double(),
            x=torch.randn(64, 64).double(),
        )


@vanishing.check
def from_the_last_layer_to_the_first(vanishes, case):
    layers = [case.x.clone().requires_grad_()]
    for weight in case.weights:
        layers.append(ACTIVATIONS[case.activation](layers[-1] @ weight))
    slopes = torch.autograd.grad(
        layers[-1], layers, torch.randn_like(case.x)
    )
    norms = torch.stack([slope.norm() for slope in slopes])
    depth = len(case.weights)
    # over 200 seeds: sigmoid 3e-8 to 5e-7 (at most 4^-depth), with weights 4 × 5e-7 to 3e-6; tanh 0.24 to 0.28, ReLU
    # 0.5 to 1.2, tanh with weights 5 × 130 to 990
    return [
        at_least_if(
            not vanishes(case.activation, case.gain),
            float(norms[0] / norms[-1]),
            1e-3,
            en="gradient at the input / at the output",
            zh="输入处的梯度 / 输出处的梯度",
        ),
        curves(
            range(len(norms)),
            {
                case.activation: (norms / norms[-1]).log10(),
                "4^(k - L)": (torch.arange(len(norms)) - depth) * log10(4),
            },
            en="Gradient at layer k of L, in powers of ten",
            zh="第k层（共L层）处的梯度，以10为底的对数",
        ),
    ]


@vanishing.answer
def only_through_sigmoid(activation, gain):
    return activation == "sigmoid"  # every slope is at most 1/4


@vanishing.misconception(
    en="tanh saturates as sigmoid does, so the gradient vanishes alike",
    zh="tanh和sigmoid一样会饱和，所以梯度同样会消失",
    on=lambda case: case.activation == "tanh",
    because=("the error lies with tanh", "只在tanh上出错"),
)
def through_every_bounded_function(activation, gain):
    return activation in ("sigmoid", "tanh")


@vanishing.misconception(
    en="good initialisation alone cures sigmoid",
    zh="只要初始化得当，sigmoid也不会梯度消失",
    on=lambda case: case.activation == "sigmoid",
    because=("the error lies with sigmoid", "只在sigmoid上出错"),
)
def never_if_initialised_well(activation, gain):
    return False


@vanishing.misconception(
    en="weights 4 times larger make up for sigmoid's slope of 1/4",
    zh="sigmoid的斜率最大1/4，把权重放大4倍就能抵消",
    on=lambda case: case.gain == 4,
    because=("no other weights are 4 times larger", "其他情形没有放大4倍"),
)
def unless_the_weights_make_up_for_it(activation, gain):
    return activation == "sigmoid" and gain < 4


backward = Claim(
    "backward",
    en="The backward pass of sigmoid, tanh and ReLU is arithmetic on the saved output: no exponential",
    zh="sigmoid、tanh、ReLU的反向只用保存的输出做四则运算或比较，不含指数运算",
    on="cpu",
)


@backward.cases
def saved_tensors(rng):
    for name in ACTIVATIONS:
        low = -0.9 if name in ("tanh", "relu") else 0.1
        yield Case(
            name,
            zh=f"{name}函数",
            name=name,
            x=torch.randn(200).double(),
            # possible outputs of the function, but not its outputs of x
            kept=torch.empty(200).double().uniform_(low, 0.9),
        )


@backward.check
def with_the_saved_tensor_replaced(slope, case):
    """Whatever autograd saved, the backward pass finds ``kept`` in its place: what it makes of it shows how it works."""
    x = case.x.clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(
        lambda saved: None, lambda _: case.kept
    ):
        y = ACTIVATIONS[case.name](x)
    (got,) = torch.autograd.grad(y.sum(), x)
    # rounding stays near 1e-16; the misconceptions are off by 1 % and more
    return [
        close(slope(case.name, case.kept), got, 1e-9),
        table(
            ("y = f(x)", ("saved", "保存的张量")),
            [
                (name, saved_by(f, case.x))
                for name, f in ACTIVATIONS.items()
            ],
            en="What autograd saves for the backward pass",
            zh="autograd为反向保存的张量",
        ),
    ]


def saved_by(activation, x):
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(saved.append, id):
        y = activation(x.clone().requires_grad_())
    return "y" if torch.equal(saved[0], y) else "x"


@backward.answer
def slope_from_what_is_saved(name, kept):
    s, normal = kept.sigmoid(), torch.distributions.Normal(0.0, 1.0)
    return {
        "sigmoid": kept * (1 - kept),
        "tanh": 1 - kept**2,
        "relu": (kept > 0).double(),
        "gelu": normal.cdf(kept) + kept * normal.log_prob(kept).exp(),
        "silu": s * (1 + kept * (1 - s)),
        "softplus": s,
    }[name]


@backward.misconception(
    en="sigmoid's backward pass evaluates the exponential again",
    zh="sigmoid反向时要重新计算指数",
    on=lambda case: case.name == "sigmoid",
    because=("only the sigmoid's slope is mistaken", "只弄错了sigmoid"),
)
def sigmoid_of_its_input(name, kept):
    if name == "sigmoid":
        return kept.sigmoid() * (1 - kept.sigmoid())
    return slope_from_what_is_saved(name, kept)


@backward.misconception(
    en="tanh's backward pass evaluates the exponential again",
    zh="tanh反向时要重新计算指数",
    on=lambda case: case.name == "tanh",
    because=("only tanh's slope is mistaken", "只弄错了tanh"),
)
def tanh_of_its_input(name, kept):
    if name == "tanh":
        return 1 - kept.tanh() ** 2
    return slope_from_what_is_saved(name, kept)


@backward.misconception(
    en="every activation is differentiated from its output",
    zh="所有激活函数都用输出求导",
    on=lambda case: case.name == "softplus",
    because=("only softplus is mistaken", "只弄错了softplus"),
)
def softplus_of_its_output(name, kept):
    if name == "softplus":
        return 1 - torch.exp(-kept)  # right where kept is the output
    return slope_from_what_is_saved(name, kept)


dead = Claim(
    "dead",
    en="Far below zero a SoftPlus layer recovers only while the optimiser can see its tiny gradient; a ReLU "
    "layer has none",
    zh="预激活远小于零时，SoftPlus只有在优化器“看得见”那点微小梯度时才能恢复；ReLU则完全没有梯度",
    on="cpu",
)


@dead.cases
def layers_pushed_below_zero(rng):
    for activation, level, optimiser in (
        ("softplus", -10, "Adam"),
        ("relu", -10, "Adam"),
        ("softplus", -10, "SGD"),
        ("softplus", -30, "Adam"),
    ):
        # eight nets 4 → 16 → 1 at once, float32: the median does not hang on the luck of one
        x = torch.randn(8, 64, 4)
        y = (x @ torch.randn(8, 4, 1)).abs()
        yield Case(
            f"{activation}, pre-activations near {level}, {optimiser}",
            zh=f"{activation}，预激活约 {level}，{optimiser}",
            activation=activation,
            level=level,
            optimiser=optimiser,
            x=x,
            y=(y - y.mean(1, keepdim=True))
            / y.std(1, correction=0, keepdim=True),
            start=torch.cat(
                [
                    torch.randn(8, 64) / 2,  # weights
                    torch.full((8, 16), float(level)),  # biases
                    torch.randn(8, 16) / 4,  # weights of the output
                    torch.zeros(8, 1),
                ],
                dim=1,
            ),
        )


@dead.check
def loss_after_training(recovers, case):
    losses = train(case, lr=0.1)
    # 1 is the loss of a constant; over 200 seeds: 0.005 to 0.063 where the layer recovers, above 0.999 where not
    return [
        at_least_if(
            not recovers(case.activation, case.level, case.optimiser),
            losses[-1],
            0.25,
            en="loss after 200 steps / variance of the target",
            zh="200步后的损失 / 目标的方差",
        ),
        curves(
            range(0, len(losses), 4),
            {("loss", "损失"): losses[::4]},
            en="Loss over steps",
            zh="损失随步数的变化",
        ),
    ]


def train(case, lr, steps=200):
    """The median of the nets' losses under plain gradient descent, or Adam with PyTorch's defaults but for ``lr``."""
    net, losses = case.start, []
    mean, square = torch.zeros(2, *net.shape)
    for step in range(1, steps + 1):
        net = net.detach().requires_grad_()
        loss = (predict(net, case) - case.y).square().mean((1, 2))
        losses.append(loss.detach().median().item())
        (slope,) = torch.autograd.grad(loss.sum(), net)
        if case.optimiser == "Adam":
            mean = 0.9 * mean + 0.1 * slope
            square = 0.999 * square + 0.001 * slope**2
            size = (square / (1 - 0.999**step)).sqrt()
            slope = mean / (1 - 0.9**step) / (size + 1e-8)
        net = net - lr * slope
    return losses


def predict(net, case):
    w, b, v, c = net.split([64, 16, 16, 1], dim=1)
    z = case.x @ w.view(8, 4, 16) + b.unsqueeze(1)
    return ACTIVATIONS[case.activation](z) @ v.unsqueeze(2) + c.unsqueeze(1)


@dead.answer
def if_the_gradient_is_seen(activation, level, optimiser):
    if activation == "relu":
        return False  # the gradient is 0
    # SoftPlus: e^-10 = 5e-5 is lost on plain gradient descent; Adam divides by its size, down to ε = 1e-8; e^-30 is 1e-13
    return optimiser == "Adam" and level > -18


@dead.misconception(
    en="SoftPlus's slope is non-zero everywhere, so its units cannot die",
    zh="SoftPlus的导数处处非零，所以神经元不会死亡",
    on=lambda case: (
        case.activation == "softplus"
        and (case.level, case.optimiser) != (-10, "Adam")
    ),
    because=(
        "it speaks of SoftPlus, and at −10 Adam does rescue it",
        "它只谈SoftPlus，而在 −10 处Adam确实能救回",
    ),
)
def non_zero_slope_suffices(activation, level, optimiser):
    return activation == "softplus"


@dead.misconception(
    en="Adam's scaling revives any layer, a dead ReLU too",
    zh="Adam会自适应放大梯度，死掉的ReLU也能救活",
    on=lambda case: (
        case.optimiser == "Adam"
        and (case.activation, case.level) != ("softplus", -10)
    ),
    because=(
        "without Adam nothing is scaled, and SoftPlus at −10 is rescued",
        "不用Adam就谈不上放大，而 −10 处的SoftPlus确实能救回",
    ),
)
def adam_revives_all(activation, level, optimiser):
    return optimiser == "Adam"


@dead.misconception(
    en="SoftPlus so far below zero is as dead as ReLU",
    zh="SoftPlus在这么低的位置和ReLU一样是死的",
    on=lambda case: (
        (case.activation, case.level, case.optimiser)
        == ("softplus", -10, "Adam")
    ),
    because=("elsewhere nothing recovers", "其他情形确实都不恢复"),
)
def nothing_recovers(activation, level, optimiser):
    return False


if __name__ == "__main__":
    main()
