"""Ridge regression whose intercept is not penalised."""

import torch

from quizapp.proof import Case, Claim, close, main

ridge = Claim(
    "ridge",
    en="Ridge regression with a free intercept: centre inputs and targets, solve (XᵀX + λI)w = Xᵀy, set b = mean(y) − mean(x)·w",
    zh="截距不受惩罚的岭回归：把输入和目标中心化，解 (XᵀX + λI)w = Xᵀy，再取 b = mean(y) − mean(x)·w",
)

SHAPES = {  # Chinese label, samples, features, λ, offset of the inputs, of the targets
    "more samples than features": ("样本多于特征", 30, 4, 2.0, 1.0, 5.0),
    "more features than samples": ("特征多于样本", 6, 15, 0.5, 1.0, 5.0),
    "a strong penalty": ("惩罚很强", 30, 4, 1e4, 1.0, 5.0),
    "a constant feature": ("有一个常数特征", 30, 4, 2.0, 1.0, 5.0),
    "centred data": ("数据已中心化", 30, 4, 2.0, 0.0, 0.0),
}


@ridge.cases
def regressions(rng):
    for label, (zh, n, features, lam, x0, y0) in SHAPES.items():
        x = torch.randn(n, features).double()
        if label == "a constant feature":
            x[:, 1] = 1
        y = x @ torch.randn(features).double() + torch.randn(n).double()
        x, y = x - x.mean(0), y - y.mean()
        yield Case(
            label,
            zh=zh,
            x=(x + x0).to(rng.device),
            y=(y + y0).to(rng.device),
            lam=lam * rng.uniform(0.8, 1.2),
            centred=x0 == 0,
            strong=lam > 100,
        )


@ridge.observe
def predicted(fit, x, y, lam):
    """The predictions on the training inputs, and the parts of them that weights and intercept make."""
    w, b = fit(x, y, lam)
    return x @ w, x.new_zeros(len(x)) + b


@ridge.check
def at_the_minimum(seen, case):
    w, b = by_least_squares(case.x, case.y, case.lam)
    return [
        # rounding leaves 1e-11; over 200 seeds every misconception is off by 0.03 % or more
        close(
            seen[0] + seen[1],
            case.x @ w + b,
            1e-6,
            en="predictions, relative error",
            zh="预测值的相对误差",
        ),
        close(
            seen[0],
            case.x @ w,
            1e-6,
            en="x·w, relative error",
            zh="x·w的相对误差",
        ),
    ]


def by_least_squares(x, y, lam):
    """λ‖w‖² is the squared error on as many more samples as there are weights; their intercept is 0."""
    features = x.shape[1]
    eye = torch.eye(features, dtype=x.dtype, device=x.device)
    rows = torch.cat([x, lam**0.5 * eye])
    ones = torch.cat([torch.ones_like(y), torch.zeros_like(eye[0])])
    targets = torch.cat([y, torch.zeros_like(eye[0])])
    solved = torch.linalg.lstsq(
        torch.column_stack([rows, ones]), targets[:, None]
    ).solution[:, 0]
    return solved[:-1], solved[-1]


@ridge.answer
def fit_ridge(x, y, lam):
    x_mean, y_mean = x.mean(0), y.mean()
    x, y = x - x_mean, y - y_mean
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    w = torch.linalg.solve(x.T @ x + lam * eye, x.T @ y)
    return w, y_mean - x_mean @ w


NOT_CENTRED = (
    "on centred data b = 0 in any case",
    "数据已中心化时，b总是0",
)


@ridge.misconception(
    en="appends a column of ones and penalises its weight too",
    zh="加一列全1，连它的权重一起惩罚",
    on=lambda case: not case.centred,
    because=NOT_CENTRED,
)
def penalised_intercept(x, y, lam):
    x = torch.column_stack([x, torch.ones_like(y)])
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    w = torch.linalg.solve(x.T @ x + lam * eye, x.T @ y)
    return w[:-1], w[-1]


@ridge.misconception(
    en="no intercept at all",
    zh="根本没有截距",
    on=lambda case: not case.centred,
    because=NOT_CENTRED,
)
def without_intercept(x, y, lam):
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    return torch.linalg.solve(x.T @ x + lam * eye, x.T @ y), 0.0


@ridge.misconception(
    en="b = mean(y), though the inputs are not centred",
    zh="输入没有中心化，却取b = mean(y)",
    on=lambda case: not case.centred,
    because=NOT_CENTRED,
)
def mean_of_the_targets(x, y, lam):
    w, _ = fit_ridge(x, y, lam)
    return w, y.mean()


@ridge.misconception(
    en="adds n·λ, as if the squared errors were averaged",
    zh="加的是n·λ，好像平方误差取了平均",
)
def as_for_a_mean(x, y, lam):
    return fit_ridge(x, y, lam * len(y))


@ridge.misconception(
    en="shrinks the least-squares weights by 1/(1 + λ), all alike",
    zh="把最小二乘的权重统一乘以 1/(1 + λ)",
)
def shrunk_alike(x, y, lam):
    x_mean, y_mean = x.mean(0), y.mean()
    w = torch.linalg.pinv(x - x_mean) @ (y - y_mean) / (1 + lam)
    return w, y_mean - x_mean @ w


if __name__ == "__main__":
    main()
