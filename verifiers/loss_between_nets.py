"""The loss on the straight line between two equally good models: with a hidden layer there is a hill."""

from functools import cache
from itertools import pairwise

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    curves,
    digits,
    main,
)

hill = Claim(
    "hill",
    en="Shuffle a net's hidden units: the same net, elsewhere. Between the two its cross-entropy rises, so it is not "
    "convex; without a hidden layer it never rises",
    zh="打乱隐藏单元，网络不变，参数却到了别处；两点之间交叉熵会升高，所以它不是凸的；没有隐藏层时则从不升高",
    on="cpu",
)

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}
LINE = 21  # points on the line, both ends included


@hill.cases
def models(rng):
    seed = rng.getrandbits(32)
    for hidden, label, zh in (
        ("tanh", "16 tanh units, shuffled", "16个tanh单元，打乱次序"),
        ("relu", "16 ReLU units, shuffled", "16个ReLU单元，打乱次序"),
        ("none", "no hidden layer, two trainings", "无隐藏层，训练两次"),
    ):
        yield Case(label, zh=zh, hidden=hidden, seed=seed)


@hill.check
def along_the_line(rises, case):
    line = losses_between(case.hidden, case.seed)
    rise = float(line.max() - max(line[0], line[-1]))
    # on 200 seeds: 0.17 to 3.3 with a hidden layer, 0 without
    return [
        at_least_if(
            rises(case.hidden),
            rise,
            0.05,
            below=1e-9,
            en="highest loss on the line − loss at its ends",
            zh="线段上的最大损失 − 两端的损失",
        ),
        curves(
            torch.linspace(0, 1, LINE),
            {("loss", "损失"): line},
            en="Loss on the way from one model to the other",
            zh="从一个模型走到另一个模型，损失的变化",
        ),
    ]


@cache  # the same for every subject: none of them trains
def losses_between(hidden, seed):
    draw = torch.Generator().manual_seed(seed)
    images, labels = digits()
    chosen = torch.randperm(len(images), generator=draw)[:300]
    data = images[chosen].flatten(1).double(), labels[chosen]
    here = trained(hidden, data, draw)
    there = (
        trained(hidden, data, draw)
        if hidden == "none"
        else shuffled(here, torch.randperm(16, generator=draw))
    )
    return torch.stack(
        [
            loss(
                [a + t * (b - a) for a, b in pairs(here, there)],
                hidden,
                data,
            )
            for t in torch.linspace(0, 1, LINE).double()
        ]
    )


def pairs(here, there):
    return zip(here, there, strict=True)


def shuffled(net, order):
    """The same function: hidden units have no order that the output could see."""
    weight, bias, out, out_bias = net
    return [weight[:, order], bias[order], out[order], out_bias]


def loss(net, hidden, data):
    x, y = data
    if hidden != "none":
        x = ACTIVATIONS[hidden](x @ net[0] + net[1])
    return F.cross_entropy(x @ net[-2] + net[-1], y)


def trained(hidden, data, draw):
    """Eighty steps of gradient descent with momentum."""
    sizes = (64, 10) if hidden == "none" else (64, 16, 10)
    net = []
    for a, b in pairwise(sizes):
        net.append(torch.randn(a, b, generator=draw).double() / a**0.5)
        net.append(torch.zeros(b).double())
    speeds = [torch.zeros_like(each) for each in net]
    for _ in range(80):
        net = [each.requires_grad_() for each in net]
        slopes = torch.autograd.grad(loss(net, hidden, data), net)
        speeds = [0.9 * v + g for v, g in pairs(speeds, slopes)]
        net = [(w - 0.2 * v).detach() for w, v in pairs(net, speeds)]
    return net


@hill.answer
def with_a_hidden_layer(hidden):
    return hidden != "none"


@hill.misconception(
    en="cross-entropy is convex, whatever the model",
    zh="交叉熵是凸函数，与模型无关",
    on=lambda case: case.hidden != "none",
    because=("without a hidden layer it is", "没有隐藏层时确实如此"),
)
def convex_whatever_the_model(hidden):
    return False


@hill.misconception(
    en="between two trained models there is always a hill",
    zh="任意两个训练好的模型之间总隔着一座山",
    on=lambda case: case.hidden == "none",
    because=(
        "with a hidden layer there is one here",
        "有隐藏层时这里确实有",
    ),
)
def always_a_hill(hidden):
    return True


if __name__ == "__main__":
    main()
