"""How fast a net learns with sigmoid, tanh and ReLU, each with its usual initialisation and its best step size."""

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
    table,
)

pace = Claim(
    "pace",
    en="On real digits, three hidden layers deep, each function with its usual initialisation and its best step size: "
    "tanh keeps pace with ReLU, sigmoid falls far behind",
    zh="真实手写数字、三个隐藏层、各用常规初始化和最佳学习率：tanh与ReLU学得差不多快，sigmoid远远落后",
    on="cpu",
)

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}
SIZES = (64, 32, 32, 32, 10)
RATES = (0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 8.0, 16.0)
STEPS, LEARNT = 60, 0.1


@pace.cases
def nets(rng):
    seed = rng.getrandbits(32)
    for activation in ("tanh", "sigmoid"):
        yield Case(
            f"{activation} against ReLU",
            zh=f"{activation} 与ReLU相比",
            activation=activation,
            seed=seed,
        )


@pace.check
def in_twice_the_steps(keeps_pace, case):
    lines = {name: losses(name, case.seed) for name in ACTIVATIONS}
    needed = steps_to_learn(lines["relu"].amin(1))
    then = min(2 * needed, STEPS)
    return [
        # over 200 seeds 0.026 at most for tanh, 1.35 at least for
        # sigmoid; the loss begins at ln 10 = 2.3 or above
        at_least_if(
            not keeps_pace(case.activation),
            float(lines[case.activation][then].min()),
            LEARNT,
            en="loss after twice the steps in which ReLU reaches 0.1",
            zh="ReLU降到0.1所需步数的两倍之后，损失为",
        ),
        curves(
            range(STEPS + 1),
            {
                name: line[:, line[needed].argmin()]
                for name, line in lines.items()
            },
            en="Loss over steps, with the best step size",
            zh="最佳学习率下，损失随步数的变化",
        ),
        table(
            (("step size", "学习率"), *lines),
            [
                (rate, *(written(each[:, k]) for each in lines.values()))
                for k, rate in enumerate(RATES)
            ],
            en="Steps until the loss is 0.1",
            zh="损失降到0.1所需的步数",
        ),
    ]


def steps_to_learn(line):
    """Steps until the loss is below 0.1; one more than there are if it never is."""
    return next(
        (t for t, loss in enumerate(line) if loss < LEARNT), STEPS + 1
    )


def written(line):
    steps = steps_to_learn(line)
    return str(steps) if steps <= STEPS else f"> {STEPS}"


@cache  # the same for every subject: none of them trains
def losses(activation, seed):
    """Training losses (steps + 1, rates) of one start on 200 digits, by gradient descent at all rates at once."""
    draw = torch.Generator().manual_seed(seed)
    images, labels = digits()
    chosen = torch.randperm(len(images), generator=draw)[:200]
    x, y = images[chosen].flatten(1), labels[chosen]
    x = ((x - x.mean(0)) / (x.std(0) + 0.1)).expand(len(RATES), -1, -1)
    net = []
    for fan_in, fan_out in pairwise(SIZES):
        # He for ReLU, Xavier for the other two
        variance = (
            2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
        )
        weight = variance**0.5 * torch.randn(
            fan_in, fan_out, generator=draw
        )
        net += [weight.repeat(len(RATES), 1, 1)]
        net += [torch.zeros(len(RATES), 1, fan_out)]
    rates, line = torch.tensor(RATES).view(-1, 1, 1), []
    for _ in range(STEPS + 1):
        net = [each.detach().requires_grad_() for each in net]
        h = x
        for weight, bias in zip(net[:-2:2], net[1:-2:2], strict=True):
            h = ACTIVATIONS[activation](torch.baddbmm(bias, h, weight))
        z = torch.baddbmm(net[-1], h, net[-2])
        each = F.cross_entropy(
            z.flatten(0, 1), y.repeat(len(RATES)), reduction="none"
        )
        loss = each.view(len(RATES), -1).mean(1)
        line.append(loss.detach())
        slopes = torch.autograd.grad(loss.sum(), net)
        net = [
            each - rates * slope
            for each, slope in zip(net, slopes, strict=True)
        ]
    return torch.stack(line).nan_to_num(10).clamp(max=10)  # diverged


@pace.answer
def unless_it_is_sigmoid(activation):
    # tanh has slope 1 at 0 and is centred, so the start is as good
    return activation != "sigmoid"


@pace.misconception(
    en="ReLU learns many times faster than sigmoid and tanh alike",
    zh="ReLU比sigmoid和tanh都快很多倍",
    on=lambda case: case.activation == "tanh",
    because=("of sigmoid it is true", "对sigmoid来说确实如此"),
)
def relu_is_far_ahead(activation):
    return False


@pace.misconception(
    en="the right step size makes up for any activation function",
    zh="只要学习率合适，用哪个激活函数都一样快",
    on=lambda case: case.activation == "sigmoid",
    because=("tanh does keep pace", "tanh确实跟得上"),
)
def a_matter_of_the_step_size(activation):
    return True


if __name__ == "__main__":
    main()
