"""Two numbers of ridge regression: how many parameters are left in effect, and which λ a prior asks for."""

import torch

from quizapp.proof import Case, Claim, main

degrees = Claim(
    "degrees",
    en="Ridge regression with singular values d of the inputs has Σ d²/(d² + λ) effective parameters",
    zh="输入矩阵的奇异值为 d 时，岭回归的有效参数个数为 Σ d²/(d² + λ)",
    on="cpu",
)


@degrees.cases
def designs(rng):
    def draw():
        values = sorted(rng.sample([1, 2, 3, 4, 6, 8, 10], 3), reverse=True)
        return {"d": values, "lam": rng.choice([1, 4, 9, 16, 36])}

    for _ in range(4):
        given = degrees.telling(draw)
        label = f"singular values {given['d']}, λ = {given['lam']}"
        zh = f"奇异值{given['d']}，λ = {given['lam']}"
        yield Case(label, zh=zh, given=given)


@degrees.truth(rel=0.02)
def how_far_fits_follow_their_targets(case):
    """Σ over the samples: by how much a sample's fitted value moves if its target is raised by 1."""
    d = torch.tensor(case.given["d"]).double()
    left = torch.linalg.qr(torch.randn(8, 3).double())[0]
    right = torch.linalg.qr(torch.randn(3, 3).double())[0]
    x = left * d @ right.T
    # λ‖w‖² is the squared error on three more samples, whose targets are 0
    more = torch.cat([x, case.given["lam"] ** 0.5 * torch.eye(3).double()])
    raised = torch.cat([torch.eye(8), torch.zeros(3, 8)]).double()
    fitted = x @ torch.linalg.lstsq(more, raised).solution
    return fitted.diagonal().sum().item()


@degrees.answer
def sum_of_the_kept_shares(d, lam):
    return sum(each**2 / (each**2 + lam) for each in d)


@degrees.misconception(
    en="every direction is shrunk by the same 1/(1 + λ)",
    zh="所有方向都乘以同一个系数 1/(1 + λ)",
)
def same_for_all(d, lam):
    return len(d) / (1 + lam)


@degrees.misconception(
    en="d/(d + λ), with the singular values unsquared",
    zh="奇异值没有平方：d/(d + λ)",
)
def unsquared(d, lam):
    return sum(each / (each + lam) for each in d)


@degrees.misconception(
    en="nothing is dropped, so all parameters count",
    zh="没有丢掉任何参数，所以全部都算",
)
def all_of_them(d, lam):
    return len(d)


@degrees.misconception(
    en="keeps the directions with d² > λ whole and drops the others",
    zh="保留d² > λ的方向，其余全部丢弃",
)
def kept_or_dropped(d, lam):
    return sum(each**2 > lam for each in d)


prior = Claim(
    "prior",
    en="With noise σ and a prior N(0, τ²), the loss mean((y − x·w)²) + λ‖w‖² is least at the most probable w if λ = σ²/(n·τ²)",
    zh="噪声标准差为 σ、先验为 N(0, τ²) 时，取 λ = σ²/(n·τ²)，mean((y − x·w)²) + λ‖w‖² 的最小点就是后验概率最大的 w",
    on="cpu",
)


@prior.cases
def beliefs(rng):
    def draw():
        return {
            "n": rng.choice([20, 50, 100, 200]),
            "sigma": rng.choice([0.5, 2, 3, 4]),
            "tau": rng.choice([0.2, 0.5, 2]),
        }

    for _ in range(4):
        given = prior.telling(draw)
        label = (
            f"n = {given['n']}, σ = {given['sigma']}, τ = {given['tau']}"
        )
        yield Case(label, zh=label.replace(", ", "，"), given=given)


@prior.truth(rel=0.02)
def where_the_loss_is_flat(case):
    """The λ for which the loss has slope 0 at the mean of the posterior, found from the joint Gaussian of w and y."""
    n, sigma, tau = (case.given[name] for name in ("n", "sigma", "tau"))
    x = torch.randn(n).double()
    y = x * tau + sigma * torch.randn(n).double()
    covariance = tau**2 * torch.outer(x, x) + sigma**2 * torch.eye(n)
    w = tau**2 * x @ torch.linalg.solve(covariance, y)
    # 0 = -2·mean(x·(y − x·w)) + 2·λ·w
    return ((x * (y - x * w)).mean() / w).item()


@prior.answer
def noise_over_prior(n, sigma, tau):
    return sigma**2 / (n * tau**2)


@prior.misconception(
    en="σ²/τ², as if the squared errors were added, not averaged",
    zh="σ²/τ²：把取平均的平方误差当成了求和",
)
def as_for_a_sum(n, sigma, tau):
    return sigma**2 / tau**2


@prior.misconception(
    en="1/(n·τ²): forgets that noisy data count for less",
    zh="1/(n·τ²)：忘了噪声越大，数据的分量越轻",
)
def without_noise(n, sigma, tau):
    return 1 / (n * tau**2)


@prior.misconception(
    en="the wrong way round: a wide prior shrinks more",
    zh="弄反了：以为先验越宽，收缩越强",
)
def upside_down(n, sigma, tau):
    return tau**2 / (n * sigma**2)


@prior.misconception(
    en="σ/(n·τ): standard deviations in place of variances",
    zh="σ/(n·τ)：把方差写成了标准差",
)
def of_deviations(n, sigma, tau):
    return sigma / (n * tau)


@prior.misconception(
    en="keeps the ½ of the prior's exponent only",
    zh="只保留了先验指数里的½",
)
def halved(n, sigma, tau):
    return sigma**2 / (2 * n * tau**2)


if __name__ == "__main__":
    main()
