"""Adding channel attention to a model that underfits or fits: when does the test error fall?"""

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    main,
    table,
)

WIDTH, HIDDEN, NETS = 16, 8, 8

capacity = Claim(
    "capacity",
    en="Attention lowers the test error where selecting was what the model lacked; underfitting alone promises nothing",
    zh="只有模型缺的正是“选择”能力时，注意力才降低测试误差；单凭欠拟合并不能保证变好",
    on="cpu",
)

TASKS = (
    ("underfits: must select", "欠拟合：需要选择", "selection", 600),
    ("underfits: position lost", "欠拟合：位置信息已丢", "position", 200),
    (
        "fits: few noisy data",
        "拟合良好：数据少有噪声",
        "nothing",
        60,
    ),
)


@capacity.cases
def tasks(rng):
    errors = {}
    for _, _, lacks, n in TASKS:
        errors[lacks] = compared(*examples(lacks, n + 1000), n)
    for label, zh, lacks, n in TASKS:
        told = {"underfits": lacks != "nothing", "lacks": lacks, "n": n}
        yield Case(label, zh=zh, told=told, errors=errors)


def examples(lacks, n):
    """Features averaged over a left and a right position, as global pooling does, and what is to be predicted."""
    left, right = torch.randn(2, NETS, n, WIDTH)
    x = (left + right) / 2**0.5
    a, b, c = x[..., 0], x[..., 1], x[..., 2]
    if lacks == "selection":
        return x, torch.where(a > 0, b, c)
    if lacks == "position":
        return x, (left - right)[..., 0]
    return x, (a + b) / 2**0.5 + torch.randn(NETS, n)


def compared(x, y, n):
    """Errors on the first n examples and on the rest, of the best linear model and with attention added."""
    inputs = torch.cat([x, torch.ones(*y.shape, 1)], 2)
    fit = torch.linalg.lstsq(inputs[:, :n], y[:, :n, None]).solution
    plain = (inputs @ fit)[..., 0]
    gated = predict(trained(x[:, :n], y[:, :n], fit[..., 0]), x)
    wrong = (torch.stack([plain, gated]) - y).square() / y.var()
    return {
        "training": wrong[..., :n].mean(2).median(1).values.tolist(),
        "test": wrong[..., n:].mean(2).median(1).values.tolist(),
    }


SIZES = (WIDTH * HIDDEN, HIDDEN, HIDDEN * WIDTH, WIDTH, WIDTH + 1)


def predict(net, x):
    """A linear readout of x · 2σ(W₂·relu(W₁·x))."""
    w1, b1, w2, b2, v = net.split(SIZES, 1)
    h = torch.relu(x @ w1.view(-1, WIDTH, HIDDEN) + b1[:, None])
    z = h @ w2.view(-1, HIDDEN, WIDTH) + b2[:, None]
    gated = x * 2 * torch.sigmoid(z)
    return (gated @ v[:, :-1, None])[..., 0] + v[:, -1:]


def trained(x, y, readout, steps=120, lr=0.02):
    """All nets at once by Adam, from the linear solution with a gate that starts as the identity."""
    w1 = torch.randn(NETS, SIZES[0]) / WIDTH**0.5
    net = torch.cat([w1, torch.zeros(NETS, sum(SIZES[1:4])), readout], 1)
    m, v = torch.zeros(2, *net.shape)
    for t in range(1, steps + 1):
        net = net.detach().requires_grad_()
        loss = (predict(net, x) - y).square().mean(1).sum()
        (g,) = torch.autograd.grad(loss, net)
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        size = (v / (1 - 0.99**t)).sqrt() + 1e-8
        net = net - lr * m / (1 - 0.9**t) / size
    return net.detach()


@capacity.observe
def foretold(predictor, told):
    return predictor(**told)


@capacity.check
def as_the_test_error_went(better, case):
    before, after = case.errors[case.told["lacks"]]["test"]
    return [
        at_least_if(
            not better,
            after / before,
            1.15,
            below=0.6,
            en="test error after / before",
            zh="测试误差 之后/之前",
        ),
        errors_on(case, "training", "Training error", "训练误差"),
        errors_on(case, "test", "Test error", "测试误差"),
    ]


def errors_on(case, part, en, zh):
    """Medians of eight models on each task, relative to the variance of what is to be predicted."""
    plain, gated = zip(
        *(case.errors[lacks][part] for _, _, lacks, _ in TASKS), strict=True
    )
    heads = [
        (label.split(": ")[-1], chinese.split("：")[-1])
        for label, chinese, _, _ in TASKS
    ]
    return table(
        (("model", "模型"), *heads),
        [("v·x", *plain), ("v·(x · 2σ(…))", *gated)],
        en=f"{en} / variance",
        zh=f"{zh} / 方差",
    )


@capacity.answer
def where_selecting_was_lacking(underfits, lacks, n):
    return lacks == "selection"


@capacity.misconception(
    en="if the model underfits, more parameters improve it",
    zh="只要欠拟合，增加参数性能就会提高",
    on=lambda case: case.told["lacks"] == "position",
    because=("in the other tasks it is right", "其他任务上它说对了"),
)
def whenever_it_underfits(underfits, lacks, n):
    return underfits


@capacity.misconception(
    en="attention never hurts: the gates can stay open",
    zh="注意力不会有坏处：大不了门全开",
    on=lambda case: case.told["lacks"] != "selection",
    because=("here it does help", "这里确实有帮助"),
)
def always(underfits, lacks, n):
    return True


@capacity.misconception(
    en="attention only overfits more",
    zh="加注意力只会更过拟合",
    on=lambda case: case.told["lacks"] == "selection",
    because=("elsewhere it does hurt", "其他任务上确实变差"),
)
def never(underfits, lacks, n):
    return False


if __name__ == "__main__":
    main()
