"""The gradient norms that GradNorm steers the tasks towards."""

import torch

from quizapp.proof import Case, Claim, main

gradnorm = Claim(
    "gradnorm",
    en="GradNorm's target for a task is the mean weighted norm times its relative inverse rate: mean(w·G) · r^α",
    zh="GradNorm给任务设定的目标范数是 mean(w·G) · r^α，r是该任务的相对反训练速率",
    on="cpu",
)


@gradnorm.cases
def two_tasks_in_training(rng):
    def draw():
        return {
            "norm_a": rng.randint(2, 12),
            "norm_b": rng.randint(2, 12),
            "left_a": rng.choice([10, 20, 30, 40, 50, 60]),
            "left_b": rng.choice([10, 20, 30, 40, 50, 60]),
        }

    for _ in range(4):
        given = gradnorm.telling(draw)
        yield Case(
            f"norms {given['norm_a']} and {given['norm_b']}, "
            f"{given['left_a']} % and {given['left_b']} % left",
            zh=f"范数 {given['norm_a']} 与 {given['norm_b']}，"
            f"损失剩 {given['left_a']}% 与 {given['left_b']}%",
            given=given,
        )


@gradnorm.truth(rel=0.02)
def by_its_definition(case):
    """As in the paper's section 3, with α = 1: the target that |w·G − target| draws the norm towards."""
    norms = torch.tensor([case.given["norm_a"], case.given["norm_b"]])
    left = torch.tensor([case.given["left_a"], case.given["left_b"]]) / 100
    targets = norms.double().mean() * (left / left.mean()) ** 1.0
    return targets[0].item()


@gradnorm.answer
def mean_times_relative_rate(norm_a, norm_b, left_a, left_b):
    return (norm_a + norm_b) / 2 * left_a / ((left_a + left_b) / 2)


@gradnorm.misconception(
    en="balances to the mean norm, as if α were 0",
    zh="只拉到平均范数，相当于 α = 0",
)
def plain_mean(norm_a, norm_b, left_a, left_b):
    return (norm_a + norm_b) / 2


@gradnorm.misconception(
    en="gives the faster task the larger gradient",
    zh="让学得快的任务梯度更大",
)
def faster_gets_more(norm_a, norm_b, left_a, left_b):
    return (norm_a + norm_b) / 2 * ((left_a + left_b) / 2) / left_a


@gradnorm.misconception(
    en="scales the task's own norm, not the mean",
    zh="缩放的是任务自己的范数，而不是平均范数",
)
def own_norm(norm_a, norm_b, left_a, left_b):
    return norm_a * left_a / ((left_a + left_b) / 2)


@gradnorm.misconception(
    en="takes the loss ratio itself, not relative to the tasks' mean",
    zh="直接用损失比例，没有除以各任务的平均",
)
def ratio_itself(norm_a, norm_b, left_a, left_b):
    return (norm_a + norm_b) / 2 * left_a / 100


if __name__ == "__main__":
    main()
