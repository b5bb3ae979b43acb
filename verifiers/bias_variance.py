"""What a stronger L2 penalty does to a fitted curve: training error, test error, bias and variance."""

from math import log, pi

import numpy as np
from numpy.polynomial.legendre import legvander

from quizapp.proof import Case, Claim, at_least, curves, main, table

trend = Claim(
    "trend",
    en="As the L2 penalty grows from very weak to very strong, training error and bias only rise, variance only falls, "
    "and test error falls before it rises",
    zh="L2惩罚由很弱增大到很强时，训练误差和偏差一直上升，方差一直下降，测试误差先降后升",
    on="cpu",
)

NOISE = 0.3
STRENGTHS = 10.0 ** np.arange(-9, 2.5, 0.5)
SHOWN = slice(8, 21)  # of the strengths, where something happens
QUANTITIES = {
    "training error": "训练误差",
    "test error": "测试误差",
    "squared bias": "偏差的平方",
    "variance": "方差",
}
FALLS, RISES = "falls", "rises"
FALLS_THEN_RISES, RISES_THEN_FALLS = (
    "falls, then rises",
    "rises, then falls",
)
SIGNS = {
    FALLS: (-1, -1),
    RISES: (1, 1),
    FALLS_THEN_RISES: (-1, 1),
    RISES_THEN_FALLS: (1, -1),
}


@trend.cases
def errors_of_a_fit(rng):
    # one point in each of 20 cells: gaps in the data would make the weak end as bad as one likes
    x = [(k + rng.random()) / 10 - 1 for k in range(20)]
    measured = errors(
        np.array(x), np.random.default_rng(rng.getrandbits(32))
    )
    for name, zh in QUANTITIES.items():
        yield Case(name, zh=zh, quantity=name, measured=measured)


def errors(x, draw):
    """Each quantity for each strength, over 400 training sets that differ in their noise alone."""
    grid = np.linspace(x.min(), x.max(), 200)
    curve, truth = np.sin(pi * x), np.sin(pi * grid)
    noisy = curve + NOISE * draw.normal(size=(400, len(x)))
    found = {name: [] for name in QUANTITIES}
    for strength in STRENGTHS:
        on_data, on_grid = ridge(x, grid, strength)
        # the fit is linear in y: the mean over all noise is the fit to the noise-free curve
        middle = on_grid @ curve
        fits = noisy @ on_grid.T
        found["training error"].append(
            ((noisy @ on_data.T - noisy) ** 2).mean()
        )
        found["squared bias"].append(((middle - truth) ** 2).mean())
        found["variance"].append(((fits - middle) ** 2).mean())
        found["test error"].append(((fits - truth) ** 2).mean() + NOISE**2)
    return found


def ridge(x, grid, strength):
    """Polynomials of degree 11 under an L2 penalty, as matrices: y ↦ fit at the data, y ↦ fit on the grid."""
    basis = legvander(x, 11)
    weights = np.linalg.solve(
        basis.T @ basis + strength * np.eye(12), basis.T
    )
    return basis @ weights, legvander(grid, 11) @ weights


@trend.observe
def told(predict, quantity):
    return predict(quantity)


@trend.check
def on_either_side_of_the_best(predicted, case):
    values = case.measured[case.quantity]
    best = int(np.argmin(case.measured["test error"]))
    arms = log(values[best] / values[0]), log(values[-1] / values[best])
    first, then = SIGNS[predicted]
    rows = [
        (
            f"{strength:.0e}",
            *(case.measured[name][at] for name in QUANTITIES),
        )
        for at, strength in enumerate(STRENGTHS)
        if at % 4 == 0 or at == best
    ]
    return [
        at_least(
            first * arms[0],
            0.03,
            en="log change up to the best λ, in the predicted direction",
            zh="从最弱到最佳λ的对数变化（按预测方向）",
        ),
        at_least(
            then * arms[1],
            0.03,
            en="log change beyond the best λ, in the predicted direction",
            zh="从最佳λ到最强的对数变化（按预测方向）",
        ),
        curves(
            np.log10(STRENGTHS[SHOWN]),
            {
                pair: case.measured[pair[0]][SHOWN]
                for pair in QUANTITIES.items()
            },
            en="Mean squares over log₁₀ λ",
            zh="各均方值随log₁₀ λ的变化",
        ),
        table(
            ("λ", *QUANTITIES.items()),
            rows,
            en="Mean squares over 400 training sets",
            zh="400个训练集上的均方值",
        ),
    ]


@trend.answer
def bias_for_variance(quantity):
    return {
        "training error": RISES,
        "test error": FALLS_THEN_RISES,
        "squared bias": RISES,
        "variance": FALLS,
    }[quantity]


@trend.misconception(
    en="a better model fits the training data better too",
    zh="正则化让模型更好，训练误差也会先降",
    on=lambda case: case.quantity == "training error",
    because=("it errs on the training error", "它只在训练误差上出错"),
)
def training_error_falls_too(quantity):
    if quantity == "training error":
        return FALLS_THEN_RISES
    return bias_for_variance(quantity)


@trend.misconception(
    en="the stronger, the better it generalises",
    zh="正则化越强，泛化越好",
    on=lambda case: case.quantity == "test error",
    because=("it errs on the test error", "它只在测试误差上出错"),
)
def the_stronger_the_better(quantity):
    if quantity == "test error":
        return FALLS
    return bias_for_variance(quantity)


@trend.misconception(
    en="it lowers the bias and pays with variance",
    zh="正则化降低偏差，代价是方差增大",
    on=lambda case: case.quantity in ("squared bias", "variance"),
    because=("it swaps these two", "它只把这两者弄反了"),
)
def variance_for_bias(quantity):
    swapped = {"squared bias": "variance", "variance": "squared bias"}
    return bias_for_variance(swapped.get(quantity, quantity))


@trend.misconception(
    en="what it costs in fit on the training data it costs on the test data",
    zh="训练误差升多少，测试误差也跟着升",
    on=lambda case: case.quantity == "test error",
    because=("it errs on the test error", "它只在测试误差上出错"),
)
def test_follows_training(quantity):
    if quantity == "test error":
        return RISES
    return bias_for_variance(quantity)


if __name__ == "__main__":
    main()
