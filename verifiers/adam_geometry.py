"""What lies behind the folklore: Adam's speed hangs on the axes, sharpness on the scale of the weights; and SAM's step."""

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    close,
    curves,
    equal,
    main,
)

# --- speed: only along the axes --------------------------------------------------------------------

axes = Claim(
    "axes",
    en="On an ill-conditioned quadratic tuned Adam beats tuned momentum if the axes are the coordinates, and loses to it "
    "once the same bowl is rotated",
    zh="对病态二次函数，主轴与坐标轴对齐时，调好的Adam快于调好的动量法；把同一个函数旋转之后，则慢于动量法",
)
ADAM_RATES = (1.0, 0.3, 0.1, 0.03, 0.01)
MOMENTA = (0.9, 0.93, 0.95, 0.98)
STEPS, DRAWS, SIZE = 1200, 5, 20


@axes.cases
def bowls(rng):
    shape = {"dtype": torch.float64, "device": rng.device}
    curvature = 1e-4 ** torch.linspace(0, 1, SIZE, **shape)
    start = torch.randn(DRAWS, SIZE, 1, **shape)
    turn = torch.linalg.qr(torch.randn(DRAWS, SIZE, SIZE, **shape))[0]
    for en, zh, rotated in (
        ("axes along the coordinates", "主轴沿坐标轴", False),
        ("rotated at random", "随机旋转之后", True),
    ):
        q = turn if rotated else torch.eye(SIZE, **shape).expand_as(turn)
        bowl, w = q * curvature @ q.mT, (q @ start).mT
        yield Case(
            en,
            zh=zh,
            rotated=rotated,
            adam=losses(adam, bowl, w, ADAM_RATES),
            momentum=losses(momentum, bowl, w, MOMENTA),
        )


def losses(walk, bowl, w, settings):
    """Loss ÷ loss at the start, by step, draw and setting."""
    column = torch.tensor(settings, dtype=w.dtype, device=w.device)[:, None]
    walked = walk(bowl, w.repeat(1, len(settings), 1), column)
    values = torch.stack([((w @ bowl) * w).sum(2) for w in walked])
    return (values / ((w @ bowl) * w).sum(2)).cpu()


def adam(bowl, w, lr):
    m = v = torch.zeros_like(w)
    for t in range(1, STEPS + 1):
        g = w @ bowl
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        root = (v / (1 - 0.999**t)).sqrt()
        w = w - lr * m / (1 - 0.9**t) / (root + 1e-12)
        yield w


def momentum(bowl, w, mu):
    buffer = torch.zeros_like(w)
    for _ in range(STEPS):
        buffer = mu * buffer + w @ bowl
        w = w - 1.5 * (1 + mu) * buffer  # 2(1 + μ)/λ is the limit; λ = 1
        yield w


def steps_to_a_millionth(values):
    """With the best of the settings, draw by draw; all the steps there are if none arrives."""
    arrived = (values.min(2)[0] < 1e-6).double()
    first = arrived.argmax(0) + 1
    return torch.where(arrived.any(0), first, STEPS)


@axes.observe
def predicted(adam_is_faster, rotated):
    return adam_is_faster(rotated)


@axes.check
def by_counting_steps(adam_is_faster, case):
    adams = steps_to_a_millionth(case.adam)
    others = steps_to_a_millionth(case.momentum)
    shown = {
        "Adam": case.adam[:, 0].min(1)[0],
        ("momentum", "动量"): case.momentum[:, 0].min(1)[0],
    }
    return [
        # over 200 seeds 1.9 to 3.6 along the coordinates, 0.32 to 0.62 rotated
        at_least_if(
            adam_is_faster,
            float((others / adams).median()),
            1,
            en="steps with momentum / steps with Adam, median of 5 bowls",
            zh="动量法步数 / Adam步数，5个函数的中位数",
        ),
        curves(
            range(0, STEPS, 20),
            {
                name: best.clamp(min=1e-9).log10()[::20]
                for name, best in shown.items()
            },
            en="Loss with the best setting at each step, in powers of ten",
            zh="每一步取最好设置的损失，以10为底的对数",
        ),
    ]


@axes.answer
def only_along_the_coordinates(rotated):
    return not rotated  # one scale a coordinate is a diagonal matrix


@axes.misconception(
    en="Adam converges faster on ill-conditioned problems",
    zh="问题病态时Adam收敛更快",
    on=lambda case: case.rotated,
    because=("along the coordinates it does", "沿坐标轴时确实更快"),
)
def adam_is_always_faster(rotated):
    return True


@axes.misconception(
    en="tuned momentum is always at least as fast as Adam",
    zh="调好的动量法总不比Adam慢",
    on=lambda case: not case.rotated,
    because=("on the rotated bowl it is faster", "旋转之后它确实更快"),
)
def momentum_is_always_faster(rotated):
    return False


@axes.misconception(
    en="rotation favours Adam, whose scales adapt to it",
    zh="旋转对Adam有利，因为它的步长会自适应",
)
def faster_if_rotated(rotated):
    return rotated


# --- sharpness: a matter of scale ------------------------------------------------------------------

sharpness = Claim(
    "sharpness",
    en="Scaling one layer by a and the next by 1/a keeps a ReLU net's function and multiplies its sharpness, here by (a² + a⁻²)/2",
    zh="一层乘以a、下一层乘以1/a，ReLU网络的函数不变，锐度却变了，此处变为 (a² + a⁻²)/2 倍",
    on="cpu",
)


@sharpness.cases
def scales(rng):
    inputs = [rng.uniform(0.5, 2) for _ in range(20)]
    for a in rng.sample([3, 4, 5, 6, 8, 10, 20], 3):
        yield Case(f"a = {a}", given={"a": a}, inputs=inputs)


# The Hessian is exact to rounding; who leaves out a⁻² is 1.2 % off at a = 3, and right as well.
@sharpness.truth(rel=0.03)
def by_the_hessian(case):
    """Of the mean squared error of v·relu(w·x) on y = x, at (a, 1/a) and at (1, 1): largest eigenvalues."""
    x = torch.tensor(case.inputs, dtype=torch.float64)

    def loss(weights):
        return ((weights[1] * (weights[0] * x).relu() - x) ** 2).mean()

    def largest(a):
        weights = torch.tensor([a, 1 / a], dtype=torch.float64)
        hessian = torch.autograd.functional.hessian(loss, weights)
        return torch.linalg.eigvalsh(hessian)[-1].item()

    return largest(case.given["a"]) / largest(1.0)


@sharpness.answer
def half_the_square(a):
    return (a**2 + a**-2) / 2  # the Hessian is ∝ (1/a, a)(1/a, a)ᵀ


@sharpness.misconception(
    en="the function is the same, so its sharpness is",
    zh="函数没变，锐度也不变",
)
def unchanged(a):
    return 1.0


@sharpness.misconception(
    en="grows like a, the scale of the layer", zh="与该层的尺度a成正比"
)
def linear(a):
    return float(a)


@sharpness.misconception(
    en="a sharper layer and a flatter one: the mean of a and 1/a",
    zh="一层变尖，一层变平：取a与1/a的平均",
)
def mean_of_both(a):
    return (a + 1 / a) / 2


@sharpness.misconception(
    en="a²: forgets that both layers shared the sharpness before",
    zh="a²：忘了缩放之前锐度由两层共同贡献",
)
def square(a):
    return float(a**2)


# --- SAM's step ------------------------------------------------------------------------------------

sam = Claim(
    "sam",
    en="SAM climbs by ρ along the gradient of all weights together, takes the gradient there, and steps from where it was",
    zh="SAM沿全部权重的总梯度方向上升ρ，在那里求梯度，再从原处更新",
)


@sam.cases
def two_tensor_problems(rng):
    for label, zh, rho in (
        ("small ρ", "小ρ", rng.rounded(0.05, 0.1)),
        ("large ρ", "大ρ", rng.rounded(0.3, 0.5)),
    ):
        shape = {"dtype": torch.float64, "device": rng.device}
        roots = torch.randn(7, 7, **shape)
        yield Case(
            f"{label} = {rho}",
            zh=f"{zh} = {rho}",
            weights=[
                torch.randn(2, 2, **shape),
                2 * torch.randn(3, **shape),
            ],
            bowl=roots @ roots.T / 7 + torch.eye(7, **shape),
            lr=0.05,
            rho=rho,
        )


@sam.observe
def descend(step, weights, bowl, lr, rho):
    """Five steps; the gradients are those of a quadratic that couples both tensors, plus Σw⁴/4."""
    asked = []

    def gradients(now):
        asked.append(len(now))
        return unflat(slope(bowl, flat(now)))

    path = []
    for _ in range(5):
        weights = list(step(weights, gradients, lr, rho))
        path.append(flat(weights).clone())
    return torch.stack(path), len(asked)


def slope(bowl, w):
    return bowl @ w + w**3


def flat(weights):
    return torch.cat([each.detach().flatten() for each in weights])


def unflat(w):
    return [w[:4].view(2, 2).clone(), w[4:].clone()]


@sam.check
def along_the_path(seen, case):
    path, asked = seen
    w, want = flat(case.weights), []
    for _ in range(5):
        g = slope(case.bowl, w)
        there = w + case.rho * g / g.square().sum().sqrt()
        w = w - case.lr * slope(case.bowl, there)
        want.append(w)
    want = torch.stack(want)
    return [
        # rounding and a guard of 1e-12 in the norm stay below 1e-9
        close(
            path, want, 1e-6, en="path, relative error", zh="轨迹的相对误差"
        ),
        equal(
            asked,
            10,
            en="gradients asked for in 5 steps",
            zh="5步中求梯度的次数",
        ),
        curves(
            range(1, 6),
            {
                ("answered", "作答"): path[:, 0],
                ("wanted", "应为"): want[:, 0],
            },
            en="One weight over 5 steps",
            zh="其中一个权重在5步中的变化",
        ),
    ]


@sam.answer
def sam_step(weights, gradients, lr, rho):
    slopes = gradients(weights)
    norm = sum(g.pow(2).sum() for g in slopes).sqrt()
    climbed = [
        w + rho * g / (norm + 1e-12)
        for w, g in zip(weights, slopes, strict=True)
    ]
    return [
        w - lr * g for w, g in zip(weights, gradients(climbed), strict=True)
    ]


def climb(weights, slopes, length):
    return [w + length * g for w, g in zip(weights, slopes, strict=True)]


def total(slopes):
    return sum(g.pow(2).sum() for g in slopes).sqrt()


@sam.misconception(
    en="normalises each tensor by itself", zh="每个张量各自归一化"
)
def tensor_by_tensor(weights, gradients, lr, rho):
    slopes = [g / g.norm() for g in gradients(weights)]
    there = gradients(climb(weights, slopes, rho))
    return climb(weights, there, -lr)


@sam.misconception(
    en="climbs by ρ·g, without dividing by the norm",
    zh="上升 ρ·g，没有除以范数",
)
def not_normalised(weights, gradients, lr, rho):
    there = gradients(climb(weights, gradients(weights), rho))
    return climb(weights, there, -lr)


@sam.misconception(
    en="steps from the point it climbed to", zh="从上升后的点出发更新"
)
def stays_up_there(weights, gradients, lr, rho):
    slopes = gradients(weights)
    climbed = climb(weights, slopes, rho / total(slopes))
    return climb(climbed, gradients(climbed), -lr)


@sam.misconception(
    en="looks ahead downhill, as Nesterov does",
    zh="像Nesterov那样往下坡方向看",
)
def downhill(weights, gradients, lr, rho):
    slopes = gradients(weights)
    below = climb(weights, slopes, -rho / total(slopes))
    return climb(weights, gradients(below), -lr)


@sam.misconception(
    en="steps along the first gradient: plain SGD at twice the price",
    zh="用第一次的梯度更新：花了双倍代价的普通SGD",
)
def first_gradient(weights, gradients, lr, rho):
    slopes = gradients(weights)
    gradients(climb(weights, slopes, rho / total(slopes)))
    return climb(weights, slopes, -lr)


if __name__ == "__main__":
    main()
