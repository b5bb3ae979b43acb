"""How long the steps are: momentum and AdaGrad under a constant gradient, Adam at its start and at its worst."""

import math

import torch
from torch.optim.sgd import sgd  # what torch.optim.SGD calls

from quizapp.proof import Case, Claim, at_most, curves, main, table

# --- momentum: the buffer is a sum, not an average -------------------------------------------------

momentum = Claim(
    "momentum",
    en="Under a constant gradient, PyTorch's momentum multiplies the learning rate by 1/(1 - μ), after a run-up of μ/(1 - μ) steps",
    zh="梯度恒定时，PyTorch的动量使等效学习率变为原来的 1/(1 - μ) 倍，起步阶段约少走 μ/(1 - μ) 步",
    on="cpu",
)


@momentum.cases
def constant_gradients(rng):
    def draw():
        mu = rng.choice([0.8, 0.9, 0.95])
        steps = rng.choice([20, 30, 40, 50, 80, 100, 150, 200])
        lr = rng.choice([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1])
        return {"lr": lr, "mu": mu, "steps": steps}

    for _ in range(3):
        given = momentum.telling(draw)
        label = f"lr {given['lr']}, μ {given['mu']}, {given['steps']} steps"
        yield Case(label, zh=label.replace("steps", "步"), given=given)


# The stepping equals the formula to rounding; the nearest wrong one, without the run-up, is 6 % off (see telling).
@momentum.truth(rel=0.015)
def by_stepping(case):
    """PyTorch's own SGD, one step after the other, with a gradient of 1."""
    x, buffers = torch.zeros(1, dtype=torch.float64), [None]
    options = {"weight_decay": 0, "dampening": 0, "nesterov": False}
    options |= {"lr": case.given["lr"], "momentum": case.given["mu"]}
    gradient = torch.ones_like(x)
    for _ in range(case.given["steps"]):
        sgd(
            [x],
            [gradient],
            buffers,
            foreach=False,
            maximize=False,
            **options,
        )
    return -x.item()


@momentum.answer
def geometric_sum(lr, mu, steps):
    # the buffer after t steps is (1 - μᵗ)/(1 - μ); add them up
    run_up = mu * (1 - mu**steps) / (1 - mu)
    return lr / (1 - mu) * (steps - run_up)


@momentum.misconception(
    en="momentum averages the gradients, so that the learning rate keeps its meaning",
    zh="动量是梯度的滑动平均，所以学习率的含义不变",
)
def averages(lr, mu, steps):
    return lr * (steps - mu * (1 - mu**steps) / (1 - mu))


@momentum.misconception(
    en="the full speed is there from the first step",
    zh="从第一步起就是全速",
)
def full_speed_at_once(lr, mu, steps):
    return lr / (1 - mu) * steps


@momentum.misconception(
    en="only the last gradient is added: a factor of 1 + μ",
    zh="只叠加上一步的梯度，倍数为 1 + μ",
)
def one_gradient_back(lr, mu, steps):
    return lr * (1 + mu) * steps


@momentum.misconception(
    en="momentum smooths noise and does nothing to a constant gradient",
    zh="动量只平滑噪声，对恒定的梯度不起作用",
)
def no_effect(lr, mu, steps):
    return lr * steps


# --- adagrad: ever slower, and yet without a limit --------------------------------------------------

adagrad = Claim(
    "adagrad",
    en="Under a constant gradient AdaGrad moves by about 2·lr·√T in T steps, without a limit and whatever the gradient's size",
    zh="梯度恒定时，AdaGrad在T步内移动约 2·lr·√T：没有上限，且与梯度大小无关",
    on="cpu",
)


@adagrad.cases
def long_runs(rng):
    def draw():
        return {
            "lr": rng.choice([0.001, 0.002, 0.005, 0.01, 0.02, 0.05]),
            "g": rng.choice([0.01, 0.02, 0.05, 0.1, 5, 10, 20, 50]),
            "steps": rng.choice([2500, 3600, 4900, 6400, 10000, 40000]),
        }

    for _ in range(3):
        given = adagrad.telling(draw)
        label = (
            f"lr {given['lr']}, g = {given['g']}, {given['steps']} steps"
        )
        yield Case(label, zh=label.replace("steps", "步"), given=given)


# 2√T leaves out 1.46 of the sum: 1.5 % at T = 2500. The nearest misconception, √T, is off by half.
@adagrad.truth(rel=0.05)
def by_adding_up(case):
    """AdaGrad's recursion, all steps at once: each divides by the root of the sum of squares so far."""
    gradients = torch.full((case.given["steps"],), case.given["g"]).double()
    roots = gradients.square().cumsum(0).sqrt()
    return (case.given["lr"] * gradients / (roots + 1e-10)).sum().item()


@adagrad.answer
def twice_the_root(lr, g, steps):
    # 1/√1 + 1/√2 + … + 1/√T is about 2√T; g cancels
    return 2 * lr * math.sqrt(steps)


@adagrad.misconception(
    en="the steps fall like 1/t: the root is forgotten",
    zh="步长按 1/t 衰减（忘了开方）",
)
def falls_like_one_over_t(lr, g, steps):
    return lr * (math.log(steps) + 0.577)


@adagrad.misconception(
    en="its learning rate falls to zero, so the weight stands still after a thousand steps or so",
    zh="学习率会降到零，所以大约一千步之后权重就不动了",
)
def comes_to_a_stop(lr, g, steps):
    return 2 * lr * math.sqrt(min(steps, 1000))


@adagrad.misconception(
    en="every step is as short as the last",
    zh="每一步都按最后一步的步长算",
)
def last_step_times_all(lr, g, steps):
    return lr * math.sqrt(steps)


@adagrad.misconception(
    en="the distance grows with the gradient", zh="位移与梯度大小成正比"
)
def grows_with_the_gradient(lr, g, steps):
    return 2 * lr * g * math.sqrt(steps)


@adagrad.misconception(
    en="the division by the gradient's size makes every step lr",
    zh="除以梯度大小之后，每一步都是lr",
)
def steps_of_lr(lr, g, steps):
    return lr * steps


# --- adam: m/√v with and without the correction --------------------------------------------------


def adam_steps(gradients, beta1, beta2, corrected=True, before=0):
    """Adam's steps in units of lr (ε = 0). ``before`` counts earlier steps whose gradients were all zero."""
    m = v = 0.0
    steps = []
    for t, g in enumerate(gradients, before + 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        step = m / math.sqrt(v)
        if corrected:
            step *= math.sqrt(1 - beta2**t) / (1 - beta1**t)
        steps.append(step)
    return steps


# --- correction: too large, not too small ----------------------------------------------------------

correction = Claim(
    "correction",
    en="Without its bias correction, Adam's step t is (1 - β1ᵗ)/√(1 - β2ᵗ) times as long: with 0.9 and 0.999 too long, "
    "3.2 times at first and 6.6 times at worst",
    zh="去掉偏差修正，Adam第t步的长度变为 (1 - β1ᵗ)/√(1 - β2ᵗ) 倍：取0.9与0.999时步子过大，第一步3.2倍，最大6.6倍",
    on="cpu",
)


@correction.cases
def pairs_of_betas(rng):
    for beta1, beta2 in ((0.9, 0.999), (0.9, 0.99), (0.9, 0.95)):
        gradients = [rng.gauss(0.3, 1) for _ in range(1000)]
        yield Case(
            f"β1 {beta1}, β2 {beta2}",
            beta1=beta1,
            beta2=beta2,
            gradients=gradients,
        )


@correction.check
def against_the_corrected(factor, case):
    betas = case.beta1, case.beta2
    without = adam_steps(case.gradients, *betas, corrected=False)
    ratios = [
        a / b
        for a, b in zip(
            without, adam_steps(case.gradients, *betas), strict=True
        )
    ]
    at = (1, 2, 5, 10, 20, 50, 100, 300, 1000)
    worst = max(abs(factor(t, *betas) / ratios[t - 1] - 1) for t in at)
    return [
        # Rounding leaves 1e-12; every misconception is off by 50 % or more.
        at_most(
            worst,
            1e-2,
            en="error of the factor, relative",
            zh="倍数的相对误差",
        ),
        curves(
            range(1, 301, 6),
            {("without / with", "不修正 / 修正"): ratios[:300:6]},
            en="Step without the correction / with it, by step",
            zh="不修正 / 修正的步长之比，随步数变化",
        ),
        table(
            (("step", "步"), ("without / with", "不修正 / 修正")),
            [(f"{t}", ratios[t - 1]) for t in at],
            en="The same ratio in numbers",
            zh="同一比值的数值",
        ),
    ]


@correction.answer
def both_biases(t, beta1, beta2):
    return (1 - beta1**t) / math.sqrt(1 - beta2**t)


@correction.misconception(
    en="too small, since m starts at zero",
    zh="偏小，因为m从0开始",
)
def only_m_is_biased(t, beta1, beta2):
    return 1 - beta1**t


@correction.misconception(
    en="unchanged, since the two biases cancel",
    zh="不变，两个偏差互相抵消",
)
def they_cancel(t, beta1, beta2):
    return 1.0


@correction.misconception(
    en="too large, but only until m has forgotten its start, some 1/(1 - β1) steps",
    zh="偏大，但只持续约 1/(1 - β1) 步，等m摆脱初值就好了",
)
def over_with_m(t, beta1, beta2):
    start = both_biases(1, beta1, beta2)
    return start if t < 1 / (1 - beta1) else 1.0


@correction.misconception(
    en="the root of the second moment is forgotten",
    zh="忘了二阶矩要开方",
)
def without_the_root(t, beta1, beta2):
    return (1 - beta1**t) / (1 - beta2**t)


# --- largest: the longest step there is --------------------------------------------------------------

largest = Claim(
    "largest",
    en="Adam's longest step is lr·(1 - β1)/√((1 - β2)(1 - β1²/β2)), 7.3·lr by default: not lr, and not the 3.2·lr of a "
    "spike after silence",
    zh="Adam单步最大为 lr·(1 - β1)/√((1 - β2)(1 - β1²/β2))，默认参数下是7.3·lr：既不是lr，也不是静默之后突现梯度时的3.2·lr",
    on="cpu",
)

SILENCE = 20_000  # steps without a gradient, in which m and v stay zero


@largest.cases
def betas(rng):
    for beta1, beta2 in (
        (0.9, 0.999),
        (0.9, 0.95),
        (rng.rounded(0.85, 0.92), rng.rounded(0.99, 0.999, 3)),
    ):
        noise = [rng.gauss(0, 1) for _ in range(500)]
        yield Case(
            f"β1 {beta1}, β2 {beta2}",
            beta1=beta1,
            beta2=beta2,
            noise=noise,
        )


@largest.check
def over_many_sequences(bound, case):
    beta1, beta2 = betas = case.beta1, case.beta2
    growing = [(beta2 / beta1) ** k for k in range(-200, 1)]
    steps = {
        "1, 1, 1, …": adam_steps([1.0] * 200, *betas),
        "N(0, 1)": adam_steps(case.noise, *betas),
        "0, …, 0, 1": adam_steps([1.0], *betas, before=SILENCE),
        "0, …, 0, r, r², …": adam_steps(growing, *betas, before=SILENCE),
    }
    longest = {name: max(map(abs, each)) for name, each in steps.items()}
    return [
        # The growing gradients come within 1e-8 of the answer, which is a bound by the inequality of Cauchy and
        # Schwarz; the nearest misconception, lr, is 16 % off at 0.9 and 0.95.
        at_most(
            abs(max(longest.values()) / bound(beta1, beta2) - 1),
            0.02,
            en="longest step / bound, distance from 1",
            zh="实测最大步长 / 上界，与1之差",
        ),
        table(
            (("gradients", "梯度"), ("longest step / lr", "最大步长 / lr")),
            longest.items(),
            en="Steps in units of lr, with r = β2/β1",
            zh="以lr为单位的步长，其中 r = β2/β1",
        ),
    ]


@largest.answer
def gradients_that_grow(beta1, beta2):
    return (1 - beta1) / math.sqrt((1 - beta2) * (1 - beta1**2 / beta2))


@largest.misconception(
    en="m/√v is normalised, so that no step exceeds lr",
    zh="m/√v 已经归一化，每一步都不超过lr",
)
def never_above_lr(beta1, beta2):
    return 1.0


@largest.misconception(
    en="a spike after silence is the worst: (1 - β1)/√(1 - β2)",
    zh="静默之后突现的梯度是最坏情形：(1 - β1)/√(1 - β2)",
)
def spike_after_silence(beta1, beta2):
    return (1 - beta1) / math.sqrt(1 - beta2)


@largest.misconception(
    en="a step may be as long as 1/√(1 - β2), as in RMSprop",
    zh="与RMSprop一样，最大可达 1/√(1 - β2)",
)
def as_in_rmsprop(beta1, beta2):
    return 1 / math.sqrt(1 - beta2)


@largest.misconception(
    en="a large enough gradient makes a step of any length",
    zh="梯度足够大，步长就可以任意大",
)
def without_limit(beta1, beta2):
    return math.inf


if __name__ == "__main__":
    main()
