"""Two constructions in which Adam fails and SGD does not, and what each remedy repairs."""

import math

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_most,
    curves,
    main,
    table,
)

# --- convergence: Reddi, Kale and Kumar ------------------------------------------------------------

convergence = Claim(
    "convergence",
    en="Where √v forgets a rare large gradient too soon, Adam walks to the worst point; a √v that remembers repairs it, "
    "decoupled decay and warm-up do not",
    zh="√v过快遗忘罕见的大梯度时，Adam会走到最差点；让√v记得住就能修复，解耦权重衰减和预热则不能",
    on="cpu",
)
STEPS = 3000
REMEDIES = {  # what differs from Adam with β1 = 0, β2 = 1/(1 + C²), lr = 0.1/√t
    "Adam": {},
    "AdamW": {"decay": 0.01},
    "warm-up": {"ramp": 500},
    "AMSGrad": {"largest": 1.0},
    "β2 = 0.999": {"beta2": 0.999},
    "ε = 100": {"eps": 100.0, "rate": 10.0},  # and lr × 100
    "SGD": {"eps": 1e9, "rate": 1e8},  # beside this ε, √v is nothing
}
CHINESE = {"warm-up": "预热"}


@convergence.cases
def one_weight(rng):
    c, x0 = rng.uniform(3.5, 6), rng.uniform(-0.5, 0.5)
    paths = walk(c, x0)
    for name, path in zip(REMEDIES, paths.T.tolist(), strict=True):
        yield Case(
            f"{name}, C = {c:.3g}",
            zh=f"{CHINESE.get(name, name)}，C = {c:.3g}",
            remedy=name,
            path=path,
            paths=paths,
        )


def walk(c, x0):
    """Gradients C, −1, −1, C, … of linear losses on [−1, 1]: their sum falls towards −1, for C > 2."""

    def each(name, usual):
        values = [{**usual, **these}[name] for these in REMEDIES.values()]
        return torch.tensor(values, dtype=torch.float64)

    usual = {"beta2": 1 / (1 + c**2), "eps": 1e-8, "rate": 0.1}
    usual |= {"largest": 0.0, "decay": 0.0, "ramp": 1.0}
    beta2, eps, rate, largest, decay, ramp = (
        each(name, usual) for name in usual
    )
    x = torch.full_like(eps, x0)
    v = top = torch.zeros_like(eps)
    path = []
    for t in range(1, STEPS + 1):
        g = c if t % 3 == 1 else -1.0
        v = beta2 * v + (1 - beta2) * g**2
        top = torch.maximum(largest * top, v)
        lr = rate / math.sqrt(t) * (t / ramp).clamp(max=1)
        root = (top / (1 - beta2**t)).sqrt()
        x = ((1 - lr * decay) * x - lr * g / (root + eps)).clamp(-1, 1)
        path.append(x)
    return torch.stack(path)


@convergence.observe
def predicted(ends_at, remedy):
    return ends_at(remedy)


@convergence.check
def after_3000_steps(end, case):
    return [
        # over 200 seeds the ends are within 0.02 of −1 or +1
        at_most(
            abs(case.path[-1] - end),
            0.2,
            en="distance from the predicted end",
            zh="与预测终点的距离",
        ),
        curves(
            range(0, STEPS, 50),
            {
                (name, CHINESE.get(name, name)): path
                for name, path in zip(
                    REMEDIES, case.paths[::50].T.tolist(), strict=True
                )
            },
            en="The weight over 3000 steps; the best point is −1",
            zh="权重在3000步中的变化；最优点是 −1",
        ),
    ]


@convergence.answer
def if_the_root_remembers(remedy):
    # decay shrinks x, a ramp shrinks steps: neither changes their ratio
    return +1 if remedy in ("Adam", "AdamW", "warm-up") else -1


@convergence.misconception(
    en="Adam converges to the minimum of a convex problem, as SGD does",
    zh="在凸问题上，Adam和SGD一样会收敛到最优",
    on=lambda case: case.remedy in ("Adam", "AdamW", "warm-up"),
    because=("the others do converge", "其他几种确实收敛"),
)
def convex_so_it_converges(remedy):
    return -1


@convergence.misconception(
    en="AdamW, with its right weight decay, repairs it",
    zh="AdamW改正了权重衰减，就修好了",
    on=lambda case: case.remedy == "AdamW",
    because=("only AdamW is in question", "只涉及AdamW"),
)
def decoupled_decay_repairs(remedy):
    return -1 if remedy == "AdamW" else if_the_root_remembers(remedy)


@convergence.misconception(
    en="warm-up repairs it",
    zh="加上预热就修好了",
    on=lambda case: case.remedy == "warm-up",
    because=("only warm-up is in question", "只涉及预热"),
)
def warm_up_repairs(remedy):
    return -1 if remedy == "warm-up" else if_the_root_remembers(remedy)


@convergence.misconception(
    en="any Adam fails, whatever its β2 and ε",
    zh="只要是Adam就会失败，与β2、ε无关",
    on=lambda case: case.remedy in ("β2 = 0.999", "ε = 100"),
    because=("only β2 and ε are in question", "只涉及β2和ε"),
)
def any_adam_fails(remedy):
    return -1 if remedy in ("SGD", "AMSGrad") else +1


# --- generalisation: Wilson and others -------------------------------------------------------------

generalisation = Claim(
    "generalisation",
    en="On Wilson's data all optimisers fit the training set; gradient descent gets every new point right, adaptive ones "
    "call all of them positive",
    zh="在Wilson等人构造的数据上，各优化器都能拟合训练集；梯度下降对新样本全对，自适应方法却把新样本全判为正类",
    on="cpu",
)
OPTIMISERS = {  # β1, β2, ε, lr, AMSGrad, decay, steps before it turns into SGD
    # beside an ε of 1e6, √v is nothing: gradient descent with lr 0.02
    "SGD": (0.0, 0.0, 1e6, 2e4, 0, 0.0, 0),
    "SGD, momentum": (0.9, 0.0, 1e6, 2e4, 0, 0.0, 0),
    "RMSprop": (0.0, 0.99, 1e-8, 0.002, 0, 0.0, 0),
    "Adam": (0.9, 0.999, 1e-8, 0.005, 0, 0.0, 0),
    "AMSGrad": (0.9, 0.999, 1e-8, 0.005, 1, 0.0, 0),
    "AdamW": (0.9, 0.999, 1e-8, 0.005, 0, 0.01, 0),
    "Adam, ε = 1e6": (0.9, 0.999, 1e6, 2e4, 0, 0.0, 0),
    "Adam → SGD": (0.9, 0.999, 1e-8, 0.005, 0, 0.0, 20),
}


@generalisation.cases
def spread_features(rng):
    size = rng.randint(50, 70)
    negatives = round(size * rng.uniform(0.25, 0.4))
    y = torch.tensor([1.0] * (size - negatives) + [-1.0] * negatives)
    weights = fit(sparse(y), y)
    # of a new point only three features were ever seen: y, 1 and 1
    new = torch.stack([y, torch.ones(size), torch.ones(size)], 1)
    wrong = (weights[:, :3] @ new.T * y <= 0).double().mean(1)
    right = (weights @ sparse(y).T * y > 0).double().mean(1)
    rows = [
        (
            name,
            float(1 - right[k]),
            float(wrong[k]),
            *weights[k, :3].tolist(),
        )
        for k, name in enumerate(OPTIMISERS)
    ]
    for name, training, test, *_ in rows:
        yield Case(
            name,
            zh=f"优化器 {name}",
            optimiser=name,
            negatives=negatives / size,
            training=training,
            test=test,
            rows=rows,
        )


def sparse(y):
    """The label, two ones, and five features that no other sample has: one is 1 if y > 0, all five else."""
    own = torch.zeros(len(y), len(y), 5)
    own[range(len(y)), range(len(y)), 0] = 1
    own[y < 0] *= 0
    own[range(len(y)), range(len(y))] += (y < 0)[:, None].float()
    return torch.cat([y[:, None], torch.ones(len(y), 2), own.flatten(1)], 1)


def fit(x, y):
    """Least squares by all the optimisers at once, from 0."""
    beta1, beta2, eps, lr, largest, decay, switch = (
        torch.tensor(each)[:, None]
        for each in zip(*OPTIMISERS.values(), strict=True)
    )
    w = m = v = top = torch.zeros(len(OPTIMISERS), x.shape[1])
    for t in range(1, 801):
        g = (w @ x.T - y) @ x / len(y)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        top = torch.maximum(largest * top, v)
        root = (top / (1 - beta2**t)).sqrt()
        adaptive = lr * m / (1 - beta1**t) / (root + eps)
        step = torch.where((switch > 0) & (t > switch), 0.02 * g, adaptive)
        w = (1 - lr * decay) * w - step
    return w


@generalisation.observe
def expected(test_error, optimiser, negatives):
    return test_error(optimiser, negatives)


@generalisation.check
def on_new_points(error, case):
    return [
        at_most(case.training, 1e-3, en="training error", zh="训练错误率"),
        at_most(
            abs(case.test - error),
            0.02,
            en="test error, off the predicted one",
            zh="测试错误率与预测之差",
        ),
        table(
            (
                ("optimiser", "优化器"),
                ("training error", "训练错误率"),
                ("test error", "测试错误率"),
                "w₁",
                "w₂",
                "w₃",
            ),
            case.rows,
            en="Errors, and the weights of the three shared features y, 1, 1",
            zh="错误率，以及三个公共特征（y、1、1）的权重",
        ),
    ]


@generalisation.answer
def where_each_weight_gets_the_same_step(optimiser, negatives):
    # a step lr·sign(g) makes w₁ = w₂ = w₃ > 0, and y + 1 + 1 > 0
    adaptive = ("RMSprop", "Adam", "AMSGrad", "AdamW")
    return negatives if optimiser in adaptive else 0.0


def adaptive(case):
    return case.test > 0


NOT_ADAPTIVE = ("the others make no error", "其余的没有错误")


@generalisation.misconception(
    en="equal training error means equal test error",
    zh="训练误差一样，测试误差就一样",
    on=adaptive,
    because=NOT_ADAPTIVE,
)
def as_on_the_training_set(optimiser, negatives):
    return 0.0


@generalisation.misconception(
    en="AdamW closes the gap",
    zh="换成AdamW就能弥补差距",
    on=lambda case: case.optimiser == "AdamW",
    because=("only AdamW is in question", "只涉及AdamW"),
)
def unless_decoupled(optimiser, negatives):
    if optimiser == "AdamW":
        return 0.0
    return where_each_weight_gets_the_same_step(optimiser, negatives)


@generalisation.misconception(
    en="AMSGrad, which converges, closes the gap",
    zh="AMSGrad能收敛，所以能弥补差距",
    on=lambda case: case.optimiser == "AMSGrad",
    because=("only AMSGrad is in question", "只涉及AMSGrad"),
)
def unless_it_converges(optimiser, negatives):
    if optimiser == "AMSGrad":
        return 0.0
    return where_each_weight_gets_the_same_step(optimiser, negatives)


@generalisation.misconception(
    en="it is Adam's momentum that spoils it",
    zh="问题出在Adam的动量上",
    on=lambda case: case.optimiser in ("SGD, momentum", "RMSprop"),
    because=(
        "only those differ in momentum alone",
        "只有这两种能区分动量的作用",
    ),
)
def by_the_momentum(optimiser, negatives):
    return negatives if optimiser not in ("SGD", "RMSprop") else 0.0


@generalisation.misconception(
    en="whoever starts with Adam ends where Adam ends, whatever ε or switch",
    zh="只要用了Adam，无论ε多大、是否切换，结果都一样",
    on=lambda case: case.optimiser in ("Adam, ε = 1e6", "Adam → SGD"),
    because=("only these two are in question", "只涉及这两种"),
)
def once_adam_always_adam(optimiser, negatives):
    if optimiser.startswith("Adam"):
        return negatives
    return where_each_weight_gets_the_same_step(optimiser, negatives)


if __name__ == "__main__":
    main()
