"""Conflicting gradients: PCGrad step by step, and when it hurts no task."""

from itertools import combinations

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_least,
    at_least_if,
    close,
    equal,
    main,
    table,
)

projection = Claim(
    "projection",
    en="PCGrad takes from each gradient what conflicts with the other tasks' original ones, one after the other, and adds up",
    zh="PCGrad从每个梯度中依次减去与其他任务（原始）梯度冲突的分量，再全部相加",
)


@projection.cases
def gradients(rng):
    for label, zh, tasks, fits in (
        ("two tasks in conflict", "两个任务，有冲突", 2, in_conflict),
        ("two tasks that agree", "两个任务，无冲突", 2, in_agreement),
        ("four tasks", "四个任务", 4, where_the_order_matters),
        ("a gradient of zero", "其中一个梯度为零", 3, in_conflict),
    ):
        orders = [
            rng.sample([j for j in range(tasks) if j != i], tasks - 1)
            for i in range(tasks)
        ]
        while True:
            grads = torch.randn(tasks, 5, dtype=torch.float64)
            if fits(grads, orders):
                break
        if tasks == 3:
            grads[2] = 0
        yield Case(
            label,
            zh=zh,
            grads=list(grads.to(rng.device)),
            orders=orders,
            fits=fits,
            tasks=tasks,
        )


def cosine(grads):
    return torch.cosine_similarity(grads[0], grads[1], dim=0)


def in_conflict(grads, orders):
    return -0.8 < cosine(grads) < -0.2


def in_agreement(grads, orders):
    return 0.2 < cosine(grads) < 0.8


def where_the_order_matters(grads, orders):
    want = pcgrad(grads, orders)
    others = (all_at_once, against_the_projected, plain_sum)
    return all(
        (wrong(list(grads), orders) - want).norm() > 0.1 * want.norm()
        for wrong in others
    )


@projection.observe
def update(combine, grads, orders):
    before = torch.stack(grads).clone()
    got = combine(grads, orders)
    return got, torch.equal(torch.stack(list(grads)), before)


@projection.check
def coordinate_by_coordinate(seen, case):
    got, untouched = seen
    originals = [each.tolist() for each in case.grads]
    total = [0.0] * 5
    for i, order in enumerate(case.orders):
        left = originals[i]
        for j in order:
            other = originals[j]
            product = dot(left, other)
            if product < 0:
                share = product / dot(other, other)
                pairs = zip(left, other, strict=True)
                left = [p - share * q for p, q in pairs]
        total = [p + q for p, q in zip(total, left, strict=True)]
    want = case.grads[0].new_tensor(total)
    rows = [
        (
            i,
            float(torch.stack(case.grads).sum(0) @ each),
            float(want @ each),
        )
        for i, each in enumerate(case.grads, 1)
    ]
    return [
        # rounding leaves 1e-15; a misconception is off by a hundredth or more
        close(got, want, 1e-6),
        equal(
            untouched,
            True,
            en="gradients left as they were",
            zh="传入的梯度未被改动",
        ),
        table(
            (("task", "任务"), ("sum · g", "直接求和 · g"), "PCGrad · g"),
            rows,
            en="How far a step along the update goes down each task's loss",
            zh="沿更新方向走一步，各任务损失的下降速度",
        ),
    ]


def dot(one, other):
    return sum(p * q for p, q in zip(one, other, strict=True))


@projection.answer
def pcgrad(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in order:
            other = grads[j]  # the original, never the projected one
            product = g @ other
            if product < 0:
                g = g - product / (other @ other) * other
        total = total + g
    return total


@projection.misconception(
    en="projects against gradients that are already projected",
    zh="对着已经投影过的梯度做投影",
    on=lambda case: case.fits is not in_agreement and case.tasks != 3,
    because=(
        "the first projection is not mistaken, nor one against zero",
        "没有冲突或另一个梯度为零时不会出错",
    ),
)
def against_the_projected(grads, orders):
    grads = [each.clone() for each in grads]
    for i, order in enumerate(orders):
        for j in order:
            product = grads[i] @ grads[j]
            if product < 0:
                grads[i] -= product / (grads[j] @ grads[j]) * grads[j]
    return torch.stack(grads).sum(0)


@projection.misconception(
    en="subtracts all conflicts at once, as the first gradient had them",
    zh="用最初的梯度一次性减去所有冲突分量",
    on=lambda case: case.tasks == 4,
    because=(
        "with one conflict there is only one to subtract",
        "只有一个冲突时没有先后之分",
    ),
)
def all_at_once(grads, orders):
    total = torch.stack(list(grads)).sum(0)
    for i, j in combinations(range(len(grads)), 2):
        product = grads[i] @ grads[j]
        if product < 0:
            for other in (grads[i], grads[j]):
                total = total - product / (other @ other) * other
    return total


@projection.misconception(
    en="projects whether they conflict or not",
    zh="不管有没有冲突都做投影",
    on=lambda case: case.tasks == 2 and case.fits is in_agreement,
    because=(
        "gradients in conflict are projected rightly",
        "有冲突时投影本身是对的",
    ),
)
def always_projects(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in order:
            square = (grads[j] @ grads[j]).clamp(min=1e-300)
            g = g - (g @ grads[j]) / square * grads[j]
        total = total + g
    return total


def conflicts(case):
    return case.fits is not in_agreement


AGREEMENT = ("without a conflict both are the sum", "没有冲突时都等于求和")


@projection.misconception(
    en="divides by both lengths, as a cosine does",
    zh="像余弦那样除以两个长度之积",
    on=conflicts,
    because=AGREEMENT,
)
def divides_by_both_lengths(grads, orders):
    total = torch.zeros_like(grads[0])
    for i, order in enumerate(orders):
        g = grads[i]
        for j in order:
            product = g @ grads[j]
            if product < 0:
                lengths = g.norm() * grads[j].norm()
                g = g - product / lengths * grads[j]
        total = total + g
    return total


@projection.misconception(
    en="adds the gradients up, conflicts and all",
    zh="不管冲突，直接相加",
    on=conflicts,
    because=AGREEMENT,
)
def plain_sum(grads, orders):
    return torch.stack(list(grads)).sum(0)


guarantee = Claim(
    "guarantee",
    en="PCGrad lets no task climb if there are two; among three or more a task may, but not along the min-norm direction",
    zh="PCGrad在只有两个任务时保证谁都不受损；三个以上就不保证了，而最小范数方向（MGDA）始终保证",
    on="cpu",
)


@guarantee.cases
def many_gradients(rng):
    for method, tasks in (
        ("sum", 2),
        ("PCGrad", 2),
        ("PCGrad", 3),
        ("MGDA", 3),
    ):
        yield Case(
            f"{method}, {tasks} tasks",
            zh=f"{method}，{tasks}个任务",
            method=method,
            tasks=tasks,
            grads=torch.randn(4000, tasks, 3).double(),
        )


@guarantee.check
def how_often_a_task_climbs(safe, case):
    combine = {
        "sum": lambda grads: grads.sum(1),
        "PCGrad": projected_sum,
        "MGDA": shortest,
    }[case.method]
    along = torch.einsum("btd,bd->bt", case.grads, combine(case.grads))
    climbs = (along.amin(1) < -1e-9).double().mean()
    conflict = (case.grads @ case.grads.mT).amin((1, 2)) < 0
    # over 200 seeds: none where it is safe; 0.07 or more elsewhere
    return [
        at_least_if(
            not safe(case.method, case.tasks),
            climbs,
            0.02,
            below=1e-6,
            en="share of 4000 random sets in which a task's loss climbs",
            zh="4000组随机梯度中，有任务损失上升的比例",
        ),
        at_least(
            conflict.double().mean(),
            0.1,
            en="share of the sets in which two gradients conflict",
            zh="存在冲突的组所占比例",
        ),
    ]


def projected_sum(grads):
    total = 0
    for i in range(grads.shape[1]):
        g = grads[:, i]
        # the sets are drawn at random, so the order need not be
        for j in range(grads.shape[1]):
            if j != i:
                other = grads[:, j]
                product = (g * other).sum(1).clamp(max=0)
                share = product / (other * other).sum(1)
                g = g - share[:, None] * other
        total = total + g
    return total


def shortest(grads):
    """The shortest vector in the convex hull: of all faces' candidates that lie inside their face."""
    tasks = grads.shape[1]
    best = torch.full((len(grads),), torch.inf).double()
    found = torch.zeros_like(grads[:, 0])
    for size in range(1, tasks + 1):
        for face in combinations(range(tasks), size):
            part = grads[:, face]
            gram = part @ part.mT
            ones = torch.ones(len(grads), size, 1).double()
            shares = torch.linalg.solve(gram, ones)
            shares = shares / shares.sum(1, keepdim=True)
            point = (shares * part).sum(1)
            inside = (shares >= 0).all(1).squeeze(1)
            better = inside & (point.norm(dim=1) < best)
            best = torch.where(better, point.norm(dim=1), best)
            found = torch.where(better[:, None], point, found)
    return found


@guarantee.answer
def only_pairs_or_the_shortest(method, tasks):
    return method == "MGDA" or (method == "PCGrad" and tasks == 2)


@guarantee.misconception(
    en="after PCGrad no task is hurt, however many there are",
    zh="用了PCGrad，不管多少个任务都不会受损",
    on=lambda case: (case.method, case.tasks) == ("PCGrad", 3),
    because=("it speaks of PCGrad with many tasks", "只针对多任务的PCGrad"),
)
def surgery_is_always_safe(method, tasks):
    return method in ("PCGrad", "MGDA")


@guarantee.misconception(
    en="gradient descent on the sum goes down for every task",
    zh="对总损失做梯度下降，每个任务的损失都会下降",
    on=lambda case: case.method == "sum",
    because=("it speaks of the plain sum", "只针对直接求和"),
)
def the_sum_is_safe(method, tasks):
    return method != "PCGrad" or tasks == 2


@guarantee.misconception(
    en="where tasks conflict, one of them must lose",
    zh="任务之间只要有冲突，就一定有一个受损",
    on=lambda case: (
        (case.method, case.tasks) in (("MGDA", 3), ("PCGrad", 2))
    ),
    because=("some methods do hurt a task", "有的方法确实会让任务受损"),
)
def someone_must_lose(method, tasks):
    return False


if __name__ == "__main__":
    main()
