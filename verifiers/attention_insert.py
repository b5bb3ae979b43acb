"""Putting squeeze-and-excitation gates into a net that is trained already, before any fine-tuning."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    digits,
    main,
    table,
)

CHANNELS, LAYERS, TRAINING = 8, 5, 1200

insertion = Claim(
    "insertion",
    en="Fresh gates leave a trained net as it is only if they start at 1; BatchNorm statistics taken anew undo a constant",
    zh="往训练好的网络里插门，只有初值为1才不改变结果；若只是常数缩放，重估BN统计量即可还原",
)

GATES = {
    "σ": torch.sigmoid,
    "1 + σ": lambda z: 1 + torch.sigmoid(z),
    "2σ": lambda z: 2 * torch.sigmoid(z),
}
WAYS = (  # the gate, whether its last layer starts at zero, whether BatchNorm's statistics are taken anew
    ("σ", False, False),
    ("σ", True, False),
    ("1 + σ", True, False),
    ("2σ", True, False),
    ("σ", True, True),
)


@insertion.cases
def ways(rng):
    images, labels = (each.to(rng.device) for each in digits())
    order = torch.randperm(len(labels), device=rng.device)
    data = images[order, None] * 2 - 1, labels[order]
    net = trained(*(each[:TRAINING] for each in data))
    before = accuracy(net, data, None)
    after = {
        way: accuracy(gated(net, data, way), data, way[0]) for way in WAYS
    }
    for way in WAYS:
        zero = ", last layer zero" if way[1] else ", random"
        zh = "，末层置零" if way[1] else "，随机初始化"
        yield Case(
            f"{way[0]}{zero}" + (", BN re-estimated" if way[2] else ""),
            zh=f"{way[0]}{zh}" + ("，重估BN" if way[2] else ""),
            told=dict(zip(("gate", "zero", "renormed"), way, strict=True)),
            before=before,
            after=after,
        )


def trained(images, labels, steps=70):
    """Five convolutions with BatchNorm, global pooling and a linear layer, by Adam on batches of a hundred."""
    net = fresh(images.device)
    weights = [each.requires_grad_() for each in net["weights"]]
    m, v = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    for t in range(1, steps + 1):
        some = torch.randint(len(labels), (100,), device=images.device)
        loss = F.cross_entropy(run(net, images[some], 0.2), labels[some])
        with torch.no_grad():
            for i, g in enumerate(torch.autograd.grad(loss, weights)):
                m[i].lerp_(g, 0.1)
                v[i].lerp_(g**2, 0.01)
                size = (v[i] / (1 - 0.99**t)).sqrt() + 1e-8
                weights[i] -= 0.02 * m[i] / (1 - 0.9**t) / size
    with torch.no_grad():
        run(net, images, 1.0)  # statistics of the final weights
    return net


def fresh(device):
    sizes = [
        (CHANNELS, 1, 3, 3),
        *[(CHANNELS, CHANNELS, 3, 3)] * (LAYERS - 1),
    ]
    scaled = [torch.randn(s) * (2 / (9 * s[1])) ** 0.5 for s in sizes]
    norms = [torch.ones(CHANNELS) for _ in sizes]
    rest = [torch.zeros(CHANNELS) for _ in sizes]
    head = [torch.randn(CHANNELS, 10) / CHANNELS**0.5, torch.zeros(10)]
    weights = [w.to(device) for w in (*scaled, *norms, *rest, *head)]
    return {"weights": weights, "stats": statistics(device)}


def statistics(device):
    """A running mean and variance for each layer."""
    kind = {"device": device}
    return [
        (torch.zeros(CHANNELS, **kind), torch.ones(CHANNELS, **kind))
        for _ in range(LAYERS)
    ]


def run(net, x, momentum=0.0, act=None):
    """The logits. A momentum above 0 trains BatchNorm; ``act`` makes a gate's scale of its last layer's output.

    The gates stand behind all layers but the last, so that each is followed by a BatchNorm.
    """
    weights = net["weights"]
    for i, (mean, var) in enumerate(net["stats"]):
        conv, gamma, beta = weights[i::LAYERS][:3]
        x = F.conv2d(x, conv, padding=1, stride=2 if i == 2 else 1)
        norm = (mean, var, gamma, beta, momentum > 0, momentum)
        x = torch.relu(F.batch_norm(x, *norm))
        if act and i < LAYERS - 1:
            squeeze, excite = net["gates"][i]
            z = torch.relu(x.mean((2, 3)) @ squeeze) @ excite
            x = x * act(z)[:, :, None, None]
    return x.mean((2, 3)) @ weights[-2] + weights[-1]


def gated(net, data, way):
    """The trained net with fresh gates, reduced to half, and with new statistics where the way asks for them."""
    gate, zero, renormed = way
    kind = {"device": data[0].device}
    gates = []
    for _ in range(LAYERS):
        squeeze = torch.randn(CHANNELS, 4, **kind) / CHANNELS**0.5
        excite = torch.randn(4, CHANNELS, **kind) / 2
        gates.append((squeeze, 0 * excite if zero else excite))
    net = {**net, "gates": gates}
    if renormed:
        net["stats"] = statistics(data[0].device)
        with torch.no_grad():
            run(net, data[0][:TRAINING], 1.0, GATES[gate])
    return net


def accuracy(net, data, gate):
    images, labels = (each[TRAINING:] for each in data)
    with torch.no_grad():
        guess = run(net, images, act=GATES.get(gate)).argmax(1)
    return float((guess == labels).float().mean())


@insertion.observe
def foretold(predictor, told):
    return predictor(**told)


@insertion.check
def as_the_accuracy_went(stays, case):
    way = tuple(case.told.values())
    lost = case.before - case.after[way]
    rows = [
        (gate, told(zero), told(renormed), case.after[gate, zero, renormed])
        for gate, zero, renormed in WAYS
    ]
    # over 200 seeds: 0 where it stays, 0.2 and more where not
    return [
        at_least_if(
            not stays,
            lost,
            0.06,
            below=0.01,
            en="accuracy lost",
            zh="准确率下降",
        ),
        table(
            (
                ("gate", "门"),
                ("last layer zero", "末层置零"),
                ("BN re-estimated", "重估BN"),
                ("accuracy", "准确率"),
            ),
            [*rows, ("–", "–", "–", case.before)],
            en="Handwritten digits, four gates, no fine-tuning",
            zh="手写数字，插入四个门，未微调",
        ),
    ]


def told(fact):
    return "✓" if fact else "–"


@insertion.answer
def if_it_starts_at_one_or_is_normalised(gate, zero, renormed):
    return zero and (gate == "2σ" or renormed)


def lost(case):
    gate, _, renormed = case.told.values()
    return gate != "2σ" and not renormed


KEPT = ("here the accuracy is kept", "这里准确率确实不变")


@insertion.misconception(
    en="a trained net stands it: BatchNorm takes out any scale",
    zh="训练好的网络不受影响：BN会消除任何缩放",
    on=lost,
    because=KEPT,
)
def normalised_anyway(gate, zero, renormed):
    return True


@insertion.misconception(
    en="a last layer of zeros makes any gate neutral",
    zh="末层置零，门就是中性的",
    on=lambda case: case.told["zero"] and lost(case),
    because=("elsewhere it says what is true", "其他情形它说得没错"),
)
def zeros_are_neutral(gate, zero, renormed):
    return zero


@insertion.misconception(
    en="a skip connection around the gate, 1 + σ, keeps the signal",
    zh="给门加残差，即 1 + σ，就能保住信号",
    on=lambda case: case.told["gate"] == "1 + σ",
    because=("the error lies with 1 + σ", "只在 1 + σ 上出错"),
)
def skips_are_neutral(gate, zero, renormed):
    start_at_one = if_it_starts_at_one_or_is_normalised
    return gate == "1 + σ" or start_at_one(gate, zero, renormed)


@insertion.misconception(
    en="only fine-tuning can bring the accuracy back",
    zh="不微调就不可能恢复准确率",
    on=lambda case: not lost(case),
    because=("elsewhere the accuracy is lost", "其他情形准确率确实掉了"),
)
def needs_fine_tuning(gate, zero, renormed):
    return False


if __name__ == "__main__":
    main()
