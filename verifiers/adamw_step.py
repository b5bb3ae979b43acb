"""One step of AdamW, as PyTorch takes it."""

import math

import torch
from torch.optim.adamw import adamw  # what torch.optim.AdamW calls

from quizapp.proof import Case, Claim, close, curves, main

step = Claim(
    "step",
    en="AdamW's step is Adam's, after the weight has been multiplied by 1 - lr·λ; λ never passes through the moments",
    zh="AdamW先把权重乘以 1 - lr·λ，再走一步Adam；λ不进入两个矩",
)

DEFAULTS = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1}
RUNS = {  # Chinese label, what differs from the defaults, size of the gradients
    "defaults": ("默认设置", {}, 1.0),
    "no decay": ("不衰减", {"weight_decay": 0.0}, 1.0),
    "no gradient": ("梯度全为零", {}, 0.0),
    "gradients of 1e-8": ("梯度量级1e-8", {}, 1e-8),
    "other betas and ε": (
        "另一组β与ε",
        {"betas": (0.8, 0.95), "eps": 1e-3},
        0.01,
    ),
    "float32": ("float32", {}, 1.0),
}


@step.cases
def runs(rng):
    for label, (zh, changes, size) in RUNS.items():
        kind = torch.float32 if label == "float32" else torch.float64
        shape = {"dtype": kind, "device": rng.device}
        yield Case(
            label,
            zh=zh,
            weights=[torch.randn(3, 2, **shape), torch.randn(4, **shape)],
            gradients=[
                size * torch.randn(30, 3, 2, **shape),
                size * torch.randn(30, 4, **shape),
            ],
            rates=[rng.log_uniform(0.02, 0.1) for _ in range(30)],
            options={**DEFAULTS, **changes},
            size=size,
        )


@step.observe
def train(take_step, weights, gradients, rates, options):
    """Two weights in turn, the second one frozen for the first ten steps; each has one gradient tensor, refilled."""
    states = [{}, {}]
    buffers = [torch.zeros_like(each) for each in weights]
    seen = []
    for t, lr in enumerate(rates):
        for i in range(2):
            if i == 0 or t >= 10:
                buffers[i].copy_(gradients[i][t])
                weights[i] = take_step(
                    weights[i], buffers[i], states[i], lr=lr, **options
                )
        seen.append([each.clone() for each in weights])
    return [torch.stack(each) for each in zip(*seen, strict=True)]


@step.check
def as_pytorch(seen, case):
    want = train(
        pytorch_step,
        [each.clone() for each in case.weights],
        case.gradients,
        case.rates,
        case.options,
    )
    # Rounding leaves 1e-15 in float64 and 2e-7 in float32; the nearest misconception, L2 in the gradient, 1 %.
    rel = 1e-6 if want[0].dtype == torch.float64 else 1e-4
    names = (("first", "第一个"), ("second", "第二个"))
    found = [
        close(
            got,
            path,
            rel,
            en=f"path of the {en} weight, relative error",
            zh=f"{zh}权重轨迹的相对误差",
        )
        for got, path, (en, zh) in zip(seen, want, names, strict=True)
    ]
    one = {"w": seen[0], "PyTorch": want[0]}
    drawn = curves(
        range(1, 31),
        {name: path.reshape(30, -1)[:, 0] for name, path in one.items()},
        en="One weight over 30 steps",
        zh="其中一个权重在30步中的变化",
    )
    return [*found, drawn]


def pytorch_step(w, g, state, *, lr, betas, eps, weight_decay):
    """PyTorch's own AdamW, in place."""
    if not state:
        state["m"], state["v"] = torch.zeros_like(w), torch.zeros_like(w)
        state["t"] = torch.tensor(0.0)
    moments = [state["m"]], [state["v"]], [], [state["t"]]
    settings = {"lr": lr, "beta1": betas[0], "beta2": betas[1]}
    settings |= {"eps": eps, "weight_decay": weight_decay}
    options = {"amsgrad": False, "maximize": False, "foreach": False}
    adamw([w], [g], *moments, **settings, **options)
    return w


@step.answer
def adamw_step(w, g, state, *, lr, betas, eps, weight_decay):
    t = state["t"] = state.get("t", 0) + 1
    m, v = state.get("m", 0), state.get("v", 0)
    m = state["m"] = betas[0] * m + (1 - betas[0]) * g
    v = state["v"] = betas[1] * v + (1 - betas[1]) * g**2
    m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
    w = (1 - lr * weight_decay) * w
    return w - lr * m_hat / (v_hat.sqrt() + eps)


def adam(w, g, state, **options):
    return adamw_step(w, g, state, weight_decay=0, **options)


def decays(case):
    return case.options["weight_decay"] > 0


NO_DECAY = (
    "without decay there is nothing to get wrong",
    "没有衰减就不会出错",
)


def moves(case):
    return case.size > 0


NO_GRADIENT = (
    "without a gradient both moments are zero",
    "没有梯度时两个矩都是零",
)


@step.misconception(
    en="adds λ·w to the gradient: L2, what Adam's own weight_decay does",
    zh="把λ·w加进梯度：这是L2，也就是Adam自带的weight_decay",
    on=decays,
    because=NO_DECAY,
)
def l2_in_the_gradient(w, g, state, *, lr, betas, eps, weight_decay):
    g = g + weight_decay * w
    return adam(w, g, state, lr=lr, betas=betas, eps=eps)


@step.misconception(
    en="decays by 1 - λ, without the learning rate",
    zh="每步乘以 1 - λ，漏乘学习率",
    on=decays,
    because=NO_DECAY,
)
def decays_without_lr(w, g, state, *, lr, betas, eps, weight_decay):
    w = (1 - weight_decay) * w
    return adam(w, g, state, lr=lr, betas=betas, eps=eps)


@step.misconception(
    en="leaves out the bias correction",
    zh="漏掉偏差修正",
    on=moves,
    because=NO_GRADIENT,
)
def uncorrected(w, g, state, *, lr, betas, eps, weight_decay):
    t = state.get("t", 0) + 1
    root = math.sqrt(1 - betas[1] ** t)
    lr_adam = lr * (1 - betas[0] ** t) / root
    w = (1 - lr * weight_decay) * w
    return adam(w, g, state, lr=lr_adam, betas=betas, eps=eps / root)


@step.misconception(
    en="puts ε under the root",
    zh="把ε放进根号里",
    on=lambda case: 0 < case.size < 1,
    because=(
        "on gradients of order 1 an ε of 1e-8 does not show",
        "梯度量级为1时，1e-8的ε显不出来",
    ),
)
def epsilon_in_the_root(w, g, state, *, lr, betas, eps, weight_decay):
    shrunk = (1 - lr * weight_decay) * w
    adam(w, g, state, lr=lr, betas=betas, eps=eps)
    m_hat = state["m"] / (1 - betas[0] ** state["t"])
    v_hat = state["v"] / (1 - betas[1] ** state["t"])
    return shrunk - lr * m_hat / (v_hat + eps).sqrt()


@step.misconception(
    en="divides by v, without the root",
    zh="除以v，忘了开方",
    on=moves,
    because=NO_GRADIENT,
)
def without_a_root(w, g, state, *, lr, betas, eps, weight_decay):
    shrunk = (1 - lr * weight_decay) * w
    adam(w, g, state, lr=lr, betas=betas, eps=eps)
    m_hat = state["m"] / (1 - betas[0] ** state["t"])
    v_hat = state["v"] / (1 - betas[1] ** state["t"])
    return shrunk - lr * m_hat / (v_hat + eps)


if __name__ == "__main__":
    main()
