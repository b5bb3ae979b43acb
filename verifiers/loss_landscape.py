"""The landscape that a loss makes: curvature, minima and plateaus."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    at_most,
    curves,
    equal,
    main,
)

convex = Claim(
    "convex",
    en="Convexity is of loss and model together: squared error on a linear output is convex, cross-entropy of "
    "a net with a hidden layer is not",
    zh="凸性取决于损失与模型的组合：线性输出上的平方误差是凸的，带隐藏层网络的交叉熵则不是",
    on="cpu",
)

CHINESE = {
    "squared error": "平方误差",
    "cross-entropy": "交叉熵",
    "linear": "线性",
}


@convex.cases
def problems(rng):
    for loss, output, layers in (
        ("squared error", "linear", 1),
        ("squared error", "sigmoid", 1),
        ("squared error", "softmax", 1),
        ("cross-entropy", "sigmoid", 1),
        ("cross-entropy", "softmax", 1),
        ("squared error", "linear", 2),
        ("cross-entropy", "softmax", 2),
    ):
        outputs = 3 if output == "softmax" else 1
        x = torch.cat(
            [torch.randn(40, 2), torch.ones(40, 1)], dim=1
        ).double()
        teacher = (
            x @ torch.randn(3, outputs).double()
            + 0.5 * torch.randn(40, outputs).double()
        )
        y = (
            F.one_hot(teacher.argmax(1), 3).double()
            if output == "softmax"
            else (teacher > 0).double()
        )
        size = 3 * outputs + (9 if layers == 2 else 0)
        points = rng.uniform(1, 2) * torch.randn(24, size).double()
        label = f"{loss}, {output} output, {layers} layer{'s' if layers > 1 else ''}"
        yield Case(
            label,
            zh=f"{CHINESE[loss]}，{CHINESE.get(output, output)}输出，{layers} 层",
            loss=loss,
            output=output,
            layers=layers,
            x=x,
            y=y,
            points=points,
        )


def objective(theta, case):
    """Mean loss of the model whose parameters are the vector ``theta``; two layers have a tanh between."""
    x = case.x
    if case.layers == 2:
        x, theta = torch.tanh(x @ theta[:9].view(3, 3)), theta[9:]
    z = x @ theta.view(3, -1)
    if case.loss == "cross-entropy":
        log_q = (
            z.log_softmax(1)
            if case.output == "softmax"
            else torch.cat([F.logsigmoid(z), F.logsigmoid(-z)], 1)
        )
        y = (
            case.y
            if case.output == "softmax"
            else torch.cat([case.y, 1 - case.y], 1)
        )
        return -(y * log_q).sum(1).mean()
    q = {"linear": z, "sigmoid": z.sigmoid(), "softmax": z.softmax(1)}[
        case.output
    ]
    return (q - case.y).square().sum(1).mean()


@convex.check
def curvature(is_convex, case):
    hessians = torch.stack(
        [
            torch.autograd.functional.hessian(
                lambda t: objective(t, case), p
            )
            for p in case.points
        ]
    )
    values, vectors = torch.linalg.eigh(hessians)
    worst = int(values[:, 0].argmin())
    negative = float(-values[worst, 0] / values.max())
    # a convex problem's smallest eigenvalue is 0 to rounding (1e-16); negative curvature shows from 1e-3 on
    steps = torch.linspace(-4, 4, 61).double()
    line = [
        float(
            objective(
                case.points[worst] + step * vectors[worst, :, 0], case
            )
        )
        for step in steps
    ]
    drawn = curves(
        steps,
        {("loss", "损失"): line},
        en="Loss along the least curved direction",
        zh="沿曲率最小方向的损失",
    )
    return [
        at_least_if(
            not is_convex(case.loss, case.output, case.layers),
            negative,
            1e-9,
            en="negative curvature / largest",
            zh="负曲率 / 最大曲率",
        ),
        drawn,
    ]


@convex.answer
def loss_and_model_together(loss, output, layers):
    if layers > 1:
        return False  # whatever the loss: swapping two hidden units gives an equal loss, their average a worse one
    return loss == "cross-entropy" or output == "linear"


@convex.misconception(
    en="squared error is never convex",
    zh="平方误差一律非凸",
    on=lambda case: (
        case.loss == "squared error"
        and case.output == "linear"
        and case.layers == 1
    ),
    because=("the error lies with a linear output", "只在线性输出上出错"),
)
def squared_error_never(loss, output, layers):
    return loss == "cross-entropy" and layers == 1


@convex.misconception(
    en="cross-entropy is always convex, deep network or not",
    zh="交叉熵一律是凸的，深网络也一样",
    on=lambda case: case.loss == "cross-entropy" and case.layers == 2,
    because=("the error lies with several layers", "只在多层网络上出错"),
)
def cross_entropy_always(loss, output, layers):
    return loss == "cross-entropy" or (output == "linear" and layers == 1)


@convex.misconception(
    en="squared error is always convex, being a square",
    zh="平方是凸函数，所以平方误差一律是凸的",
    on=lambda case: (
        case.loss == "squared error"
        and (case.output != "linear" or case.layers == 2)
    ),
    because=("on a linear output it is convex", "线性输出时确实是凸的"),
)
def squares_always(loss, output, layers):
    return loss == "squared error" or layers == 1


minima = Claim(
    "minima",
    en="One sigmoid neuron: cross-entropy has one minimum where squared error has several",
    zh="单个sigmoid神经元：同样的数据，交叉熵只有一个极小值，平方误差可以有多个",
    on="cpu",
)


@minima.cases
def conflicting_points(rng):
    for n in (3, 5, 7):
        # sizes a factor apart, labels alternating: each point pulls w at a scale of its own
        factor = rng.uniform(10, 14)
        x = torch.tensor(
            [factor**k for k in range(n)], dtype=torch.float64
        ) / factor ** (n // 2)
        y = torch.tensor(
            [(k + 1) % 2 for k in range(n)], dtype=torch.float64
        )
        yield Case(f"{n} points", zh=f"{n} 个点", x=x, y=y)


@minima.check
def counted(loss, case):
    scale = torch.linspace(-14, 14, 20_001, dtype=torch.float64)
    w = scale.sinh() / 100  # every order of magnitude on both sides of 0
    errors = loss(w.unsqueeze(1) * case.x, case.y).mean(1)
    rising = errors.diff()[errors.diff().abs() > 1e-13] > 0
    found = int((rising[1:] & ~rising[:-1]).sum())
    drawn = curves(
        scale[::100],
        {("loss", "损失"): errors[::100]},
        en="Loss over asinh(100·w)",
        zh="损失随 asinh(100·w) 的变化",
    )
    return [equal(found, 1, en="local minima", zh="局部极小值个数"), drawn]


@minima.answer
def cross_entropy(z, y):
    return F.softplus(z) - y * z


@minima.misconception(
    en="squared error behind a sigmoid", zh="sigmoid之后的平方误差"
)
def squared_error(z, y):
    return (z.sigmoid() - y).square()


@minima.misconception(
    en="absolute error behind a sigmoid", zh="sigmoid之后的绝对误差"
)
def absolute_error(z, y):
    return (z.sigmoid() - y).abs()


@minima.misconception(
    en="cross-entropy that is given probabilities for logits",
    zh="把概率当logit送进交叉熵",
)
def sigmoid_twice(z, y):
    return cross_entropy(z.sigmoid(), y)


plateau = Claim(
    "plateau",
    en="From a confidently wrong start, at one step size, cross-entropy gets away and squared error sticks",
    zh="从“自信地答错”出发，同样的学习率下交叉熵很快走出来，平方误差则停在平台上",
    on="cpu",
)


@plateau.cases
def wrong_starts(rng):
    for margin in (14, 17, 20):
        y = (torch.arange(200) % 2).double()
        x = (
            torch.randn(200, 2).double()
            + 2
            * (2 * y - 1).unsqueeze(1)
            * torch.tensor([1.0, 0.5]).double()
        )
        x = torch.cat([x, torch.ones(200, 1).double()], dim=1)
        w = (
            -rng.uniform(0.9, 1.1)
            * margin
            / 5
            * torch.tensor([2.0, 1.0, 0.0]).double()
        )
        yield Case(
            f"logits about −{margin} for the right class",
            zh=f"正确类的logit约为 −{margin}",
            x=x,
            y=y,
            w=w,
        )


@plateau.check
def steps_to_learn(loss, case):
    w, accuracy = case.w.clone().requires_grad_(), []
    for _ in range(400):
        z = case.x @ w
        accuracy.append(float(((z > 0) == (case.y > 0)).double().mean()))
        (slope,) = torch.autograd.grad(loss(z, case.y).mean(), w)
        w = (w - slope).detach().requires_grad_()
    steps = next(
        (step for step, share in enumerate(accuracy) if share > 0.9), 400
    )
    drawn = curves(
        range(0, 400, 5),
        {("accuracy", "准确率"): accuracy[::5]},
        en="Accuracy over steps",
        zh="准确率随步数的变化",
    )
    return [
        at_most(
            steps, 40, en="steps to 90 % accuracy", zh="达到90%准确率的步数"
        ),
        drawn,
    ]


@plateau.answer
def entropic(z, y):
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


@plateau.misconception(
    en="squared error behind a sigmoid", zh="sigmoid之后的平方误差"
)
def squared(z, y):
    return (z.sigmoid() - y).square()


@plateau.misconception(
    en="absolute error behind a sigmoid", zh="sigmoid之后的绝对误差"
)
def absolute(z, y):
    return (z.sigmoid() - y).abs()


@plateau.misconception(
    en="cross-entropy that is given probabilities for logits",
    zh="把概率当logit送进交叉熵",
)
def entropic_on_probabilities(z, y):
    return F.binary_cross_entropy_with_logits(
        z.sigmoid(), y, reduction="none"
    )


if __name__ == "__main__":
    main()
