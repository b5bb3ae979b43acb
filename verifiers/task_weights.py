"""Weighting the losses of several tasks: learned weights, methods that balance, and what an optimiser does to a weight."""

import torch

from quizapp.proof import Case, Claim, at_least, at_most, close, main, table

uncertainty = Claim(
    "uncertainty",
    en="½Σ(exp(−s)·L + s) teaches each task the weight 1/(2L): all tasks pull alike, whatever their units",
    zh="½Σ(exp(−s)·L + s) 给每个任务学到的权重是 1/(2L)：无论量纲如何，各任务的拉力相同",
)


@uncertainty.cases
def losses_of_tasks(rng):
    for label, zh, sizes in (
        ("two tasks", "两个任务", (0.05, 20.0)),
        ("losses below 1", "损失都小于1", (0.3, 0.02)),
        ("losses above 1", "损失都大于1", (3.0, 50.0)),
        ("three tasks", "三个任务", (1.0, 100.0, 0.01)),
    ):
        losses = [size * rng.uniform(0.8, 1.25) for size in sizes]
        yield Case(
            label,
            zh=zh,
            losses=torch.tensor(losses, device=rng.device).double(),
        )


@uncertainty.observe
def learned(total_loss, losses):
    """The total and the weights (its slopes by the losses) where gradient descent on s comes to rest."""
    s = torch.zeros_like(losses)
    for _ in range(20):
        s = s.detach().requires_grad_()
        (slope,) = torch.autograd.grad(total_loss(losses, s), s)
        # the curvature is ½ at the optimum: Newton's step, bounded
        s = s - (2 * slope).clamp(-1, 1)
    losses = losses.clone().requires_grad_()
    total = total_loss(losses, s.detach())
    (weights,) = torch.autograd.grad(total, losses)
    start = total_loss(losses.detach(), torch.zeros_like(losses))
    return weights, total.detach(), start


@uncertainty.check
def where_the_slope_is_zero(seen, case):
    weights, total, start = seen
    rows = zip(
        case.losses.tolist(),
        weights.tolist(),
        (weights * case.losses).tolist(),
        strict=True,
    )
    return [
        # descent ends within 1e-13; the nearest misconception is off by half
        close(
            weights,
            1 / (2 * case.losses),
            1e-6,
            en="weights, relative error",
            zh="权重的相对误差",
        ),
        close(
            total,
            (1 + case.losses.log()).sum() / 2,
            1e-6,
            en="total at the optimum, relative error",
            zh="最优处总损失的相对误差",
        ),
        close(
            start,
            case.losses.sum() / 2,
            1e-6,
            en="total for s = 0, relative error",
            zh="s = 0 时总损失的相对误差",
        ),
        table(
            ("L", ("weight", "权重"), ("weight · L", "权重 × L")),
            rows,
            en=f"Learned weights; the total is {total.item():.3g}",
            zh=f"学到的权重；总损失为 {total.item():.3g}",
        ),
    ]


@uncertainty.answer
def weighted_by_uncertainty(losses, s):
    return 0.5 * ((-s).exp() * losses + s).sum()


@uncertainty.misconception(
    en="drops + s as a mere regulariser: all weights go to zero",
    zh="把 + s 当作可有可无的正则项去掉：所有权重都趋于零",
)
def without_the_log_term(losses, s):
    return 0.5 * ((-s).exp() * losses).sum()


@uncertainty.misconception(
    en="takes |s|, so that the loss stays positive",
    zh="为了让损失保持为正，把s换成 |s|",
    on=lambda case: bool((case.losses < 0.9).any()),
    because=("above 1 all s are positive", "损失都大于1时s本来就为正"),
)
def kept_positive(losses, s):
    return 0.5 * ((-s).exp() * losses + s.abs()).sum()


@uncertainty.misconception(
    en="reads s as log σ in one place and as log σ² in the other",
    zh="一处把s当作 log σ，另一处当作 log σ²",
)
def mixed_up_variance(losses, s):
    return 0.5 * ((-2 * s).exp() * losses + s).sum()


@uncertainty.misconception(
    en="subtracts s: the wrong sign in front of the log term",
    zh="log项的符号写反，减去了s",
)
def subtracts_the_log_term(losses, s):
    return 0.5 * ((-s).exp() * losses - s).sum()


relative_weight = Claim(
    "relative_weight",
    en="Learned uncertainty weights are as the inverse of the losses: w_A / w_B = L_B / L_A",
    zh="按不确定性学到的权重与损失成反比：w_A / w_B = L_B / L_A",
    on="cpu",
)


@relative_weight.cases
def two_losses(rng):
    def draw():
        return {
            "a": rng.choice([0.02, 0.04, 0.05, 0.1, 0.2]),
            "b": rng.choice([0.5, 0.8, 1.6, 2, 4, 5]),
        }

    for _ in range(4):
        given = relative_weight.telling(draw)
        yield Case(
            f"losses {given['a']} and {given['b']}",
            zh=f"损失 {given['a']} 与 {given['b']}",
            given=given,
        )


@relative_weight.truth(rel=0.02)
def by_descent(case):
    losses = torch.tensor([case.given["a"], case.given["b"]]).double()
    weights, _, _ = learned(weighted_by_uncertainty, losses)
    return (weights[0] / weights[1]).item()


@relative_weight.answer
def inverse_losses(a, b):
    return b / a


@relative_weight.misconception(
    en="the larger loss gets the larger weight",
    zh="损失越大，权重越大",
)
def proportional(a, b):
    return a / b


@relative_weight.misconception(
    en="takes σ for the loss: 1/σ² becomes 1/L²",
    zh="把σ当成损失，1/σ² 就成了 1/L²",
)
def inverse_squares(a, b):
    return (b / a) ** 2


@relative_weight.misconception(
    en="weighs by 1/σ, not 1/σ²", zh="用 1/σ 而不是 1/σ² 加权"
)
def inverse_roots(a, b):
    return (b / a) ** 0.5


@relative_weight.misconception(
    en="both weights end at ½", zh="两个权重最终都是½"
)
def alike(a, b):
    return 1.0


units = Claim(
    "units",
    en="Weights by loss or gradient size make the result independent of a task's unit; DWA, which sees rates only, does not",
    zh="按损失大小或梯度大小定权重，结果与任务的量纲无关；DWA只看下降速率，做不到",
    on="cpu",
)


@units.cases
def two_tasks(rng):
    for unit in (1000.0, 0.001):
        curvature = 0.5 + 2 * torch.rand(2, 4).double()
        yield Case(
            f"task B's loss × {unit:g}",
            zh=f"任务B的损失 × {unit:g}",
            targets=torch.randn(2, 4).double(),
            curvature=curvature,
            unit=unit,
        )


@units.check
def in_either_unit(weigh, case):
    once = descend(weigh, case, 1.0)
    other = descend(weigh, case, case.unit)
    a, b = case.targets
    apart = (a - b).norm()
    rows = [
        (name, *((end - each).norm() / apart for each in (a, b)))
        for name, end in (("× 1", once), (f"× {case.unit:g}", other))
    ]
    return [
        # near the balance of the tasks rounding is blown up, to 1e-6 at most; a misconception moves the end by 0.2 or more
        at_most(
            (once - other).norm() / apart,
            1e-3,
            en="how far the unit moves the end / distance of the optima",
            zh="换量纲后终点的移动 / 两个最优点的距离",
        ),
        table(
            (
                ("loss of B", "B的损失"),
                ("to A's optimum", "到A最优点"),
                ("to B's optimum", "到B最优点"),
            ),
            [(name, f"{x:.3f}", f"{y:.3f}") for name, x, y in rows],
            en="Where the shared parameters end, relative to the distance of the optima",
            zh="共享参数的终点（以两个最优点的距离为单位）",
        ),
    ]


def descend(weigh, case, unit):
    """150 steps on two quadratic losses of shared parameters, of a length that shrinks to nothing."""
    scale = torch.tensor([1.0, unit]).double()
    w, history = torch.zeros(4).double(), []
    for step in range(150):
        gap = w - case.targets
        history.append(scale * (case.curvature * gap**2).sum(1) / 2)
        slopes = scale[:, None] * case.curvature * gap
        move = weigh(torch.stack(history), slopes.norm(dim=1)) @ slopes
        w = w - 0.1 * (1 - step / 150) * move / move.norm()
    return w


@units.answer
def by_gradient_size(losses, norms):
    weights = 1 / norms  # what GradNorm aims at, for α = 0
    return 2 * weights / weights.sum()


@units.misconception(
    en="DWA balances losses of different sizes",
    zh="DWA能平衡大小悬殊的损失",
)
def dynamic_weight_average(losses, norms):
    if len(losses) < 3:
        return torch.ones_like(norms)
    rates = losses[-2] / losses[-3]
    return 2 * (rates / 2).softmax(0)


@units.misconception(
    en="equal weights treat the tasks alike",
    zh="等权重就是一视同仁",
)
def equal_weights(losses, norms):
    return torch.ones_like(norms)


@units.misconception(
    en="the larger loss needs more attention, so more weight",
    zh="损失大的任务更需要关注，权重应当更大",
)
def by_loss(losses, norms):
    return 2 * losses[-1] / losses[-1].sum()


rate = Claim(
    "rate",
    en="For a task's own head a loss weight k is a learning rate × k under SGD, and nothing at all under Adam",
    zh="对任务自己的头来说，损失权重k在SGD下等于学习率乘k，在Adam下则毫无作用",
    on="cpu",
)


@rate.cases
def optimisers(rng):
    for optimiser in ("SGD", "SGD + momentum", "Adam", "RMSprop"):
        k = rng.choice([3.0, 5.0, 10.0])
        yield Case(
            f"{optimiser}, weight {k:g}",
            zh=f"{optimiser}，权重 {k:g}",
            optimiser=optimiser,
            k=k,
            # features of a trunk that is held still, and the head's targets
            x=torch.randn(64, 4).double(),
            y=torch.randn(64, 1).double(),
        )


@rate.check
def same_path(factor, case):
    weighted = head_path(case, weight=case.k, lr=0.005)
    guess = factor(case.optimiser, case.k)
    instead = head_path(case, weight=1.0, lr=0.005 * guess)
    moved = (weighted[-1] - weighted[0]).norm()
    return [
        # ε leaves 1e-6 of Adam's path; over 200 seeds a misconception was off by 0.3 or more
        close(
            instead,
            weighted,
            1e-3,
            en=f"path with the rate × {guess:.3g} against the path with the weight {case.k:g}",
            zh=f"学习率 × {guess:.3g} 的轨迹与权重为 {case.k:g} 的轨迹之差",
        ),
        at_least(
            moved,
            1e-3,
            en="distance that the head moves",
            zh="任务头移动的距离",
        ),
    ]


def head_path(case, weight, lr):
    """The head's weights over 40 steps on its weighted squared error."""
    w, first, second, path = torch.zeros(4, 1).double(), 0.0, 0.0, []
    for step in range(1, 41):
        path.append(w)
        error = case.x @ w - case.y
        g = weight * 2 * case.x.T @ error / len(case.x)
        if case.optimiser in ("SGD", "SGD + momentum"):
            first = 0.9 * first + g if "+" in case.optimiser else g
            w = w - lr * first
        elif case.optimiser == "RMSprop":
            second = 0.99 * second + 0.01 * g**2
            w = w - lr * g / (second.sqrt() + 1e-8)
        else:
            first = 0.9 * first + 0.1 * g
            second = 0.999 * second + 0.001 * g**2
            size = (second / (1 - 0.999**step)).sqrt() + 1e-8
            w = w - lr * first / (1 - 0.9**step) / size
    return torch.stack(path)


@rate.answer
def by_the_optimiser(optimiser, k):
    return k if optimiser.startswith("SGD") else 1.0


@rate.misconception(
    en="a loss weight is a learning rate, whatever the optimiser",
    zh="不管用什么优化器，损失权重就等于学习率",
    on=lambda case: not case.optimiser.startswith("SGD"),
    because=("under SGD it is one", "在SGD下确实如此"),
)
def always_a_rate(optimiser, k):
    return k


@rate.misconception(
    en="weights move only the balance between tasks, never a head",
    zh="权重只影响任务间的平衡，从不影响任务头",
    on=lambda case: case.optimiser.startswith("SGD"),
    because=(
        "under Adam a head is indeed left alone",
        "在Adam下任务头确实不受影响",
    ),
)
def never_a_rate(optimiser, k):
    return 1.0


@rate.misconception(
    en="adaptive optimisers take the root of the weight",
    zh="自适应优化器里，权重以平方根起作用",
    on=lambda case: not case.optimiser.startswith("SGD"),
    because=("SGD is not adaptive", "SGD不是自适应的"),
)
def root_of_the_weight(optimiser, k):
    return k if optimiser.startswith("SGD") else k**0.5


if __name__ == "__main__":
    main()
