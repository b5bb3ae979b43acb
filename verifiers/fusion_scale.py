"""Two blocks of features side by side: what their units do to a model, and how much each counts in a distance."""

import torch
from torch.nn.functional import one_hot

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    digits,
    main,
    table,
)

units = Claim(
    "units",
    en="Concatenated features of another unit change the predictions of distances, of penalties and of a gradient descent that "
    "stops; least squares solved to the end does not notice, nor does any of them after standardisation",
    zh="换一个单位，拼接特征上的最近邻、带惩罚的回归、提前停下的梯度下降都会给出不同的预测；解到底的最小二乘不受影响，标准化之后谁都不受影响",
    on="cpu",
)

TRAIN = 500
MODELS = {  # Chinese label, the model's name, standardised first or not
    "1 nearest neighbour": ("最近邻", "neighbour", False),
    "least squares, solved": ("最小二乘，精确求解", "solved", False),
    "least squares, 200 gradient steps": (
        "最小二乘，200步梯度下降",
        "descent",
        False,
    ),
    "ridge regression": ("岭回归", "ridge", False),
    "standardised, then 200 gradient steps": (
        "先标准化，再做200步梯度下降",
        "descent",
        True,
    ),
}

SIGNS = "1-NN", "lstsq", "GD × 200", "ridge", "z-score, GD × 200"


@units.cases
def models(rng):
    images, labels = digits()
    order = torch.tensor(rng.sample(range(1797), 1200))
    images, labels = images[order].double(), labels[order]
    pixels, made = images.flatten(1), handmade(images)
    # pixels at the rim, which are hardly ever inked, would leave least squares without a unique solution
    pixels = pixels[:, pixels[:TRAIN].std(0) > 0.05]
    found = {}
    for label, (_, model, standardised) in MODELS.items():
        answers = [
            predictions(model, pixels, unit * made, labels, standardised)
            for unit in (1, 1000)
        ]
        right = [
            (each == labels[TRAIN:]).double().mean().item()
            for each in answers
        ]
        changed = (answers[0] != answers[1]).double().mean().item()
        found[label] = (changed, *right)
    for label, (zh, model, standardised) in MODELS.items():
        yield Case(
            label,
            zh=zh,
            model=model,
            standardised=standardised,
            found=found,
        )


def handmade(images):
    """How much ink changes from pixel to pixel, in four directions and each quarter of the image: 16 numbers."""
    shifts = (0, 1), (1, 0), (1, 1), (1, -1)
    maps = [(images - images.roll(by, (1, 2))).abs() for by in shifts]
    quarters = (
        torch.stack(maps, 1).unflatten(2, (2, 4)).unflatten(4, (2, 4))
    )
    return quarters.sum((3, 5)).flatten(1)


def predictions(model, pixels, made, labels, standardised):
    x = torch.cat([pixels, made], dim=1)
    if standardised:
        x = (x - x[:TRAIN].mean(0)) / x[:TRAIN].std(0)
    seen, new = x[:TRAIN], x[TRAIN:]
    if model == "neighbour":
        return labels[torch.cdist(new, seen).argmin(1)]
    return (
        new @ weights(model, seen, one_hot(labels[:TRAIN]).double())
    ).argmax(1)


def weights(model, x, y):
    """Least squares on the labels of ten classes."""
    product, target = x.T @ x, x.T @ y
    if model == "solved":
        return torch.linalg.lstsq(x, y, driver="gelsd").solution
    if model == "ridge":
        product.diagonal().add_(500.0)
        return torch.linalg.solve(product, target)
    w, step = (
        torch.zeros_like(target),
        1 / torch.linalg.matrix_norm(product, 2),
    )
    for _ in range(200):
        w = w - step * (product @ w - target)
    return w


@units.observe
def told(changes, model, standardised):
    return changes(model, standardised)


@units.check
def predictions_that_change(predicted, case):
    rows = [
        (sign, *(f"{share:.1%}" for share in case.found[name]))
        for name, sign in zip(MODELS, SIGNS, strict=True)
    ]
    return [
        # over 200 seeds: 0 where nothing changes, else 0.04 and more, mostly 0.08
        at_least_if(
            predicted,
            case.found[case.label][0],
            0.01,
            en="share of test images whose prediction changes",
            zh="预测发生变化的测试图像比例",
        ),
        table(
            (
                ("model", "模型"),
                ("changed", "预测改变"),
                ("right, × 1", "正确，× 1"),
                ("right, × 1000", "正确，× 1000"),
            ),
            rows,
            en="Pixels beside 16 handmade features, these times 1 or 1000",
            zh="像素与16个手工特征拼接，后者乘以1或1000",
        ),
    ]


@units.answer
def unless_solved_or_standardised(model, standardised):
    return not standardised and model != "solved"


@units.misconception(
    en="features of different domains never go together, whatever the model",
    zh="来自不同domain的特征拼在一起没有意义，换什么模型都一样",
    on=lambda case: case.standardised or case.model == "solved",
    because=("elsewhere predictions do change", "其他情形预测确实会变"),
)
def always(model, standardised):
    return True


@units.misconception(
    en="a trained model has weights, and they take up any unit",
    zh="模型有可学习的权重，什么单位都能自动适应",
    on=lambda case: (
        not case.standardised and case.model in ("descent", "ridge")
    ),
    because=(
        "a neighbour has no weights, and solved to the end they do",
        "最近邻没有权重；而解到底时权重确实能适应",
    ),
)
def distances_only(model, standardised):
    return model == "neighbour"


@units.misconception(
    en="linear models take up any unit, penalty or not",
    zh="线性模型不受单位影响，有没有惩罚项都一样",
    on=lambda case: case.model == "ridge",
    because=("it errs on the penalty", "它错在忽略了惩罚项"),
)
def not_under_a_penalty(model, standardised):
    return not standardised and model in ("neighbour", "descent")


@units.misconception(
    en="standardising is for distances; gradient descent depends on units all the same",
    zh="标准化只对距离有用，梯度下降照样受单位影响",
    on=lambda case: case.standardised,
    because=("elsewhere nothing is standardised", "其他情形没有标准化"),
)
def standardised_too(model, standardised):
    return model != "solved"


share = Claim(
    "share",
    en="Of the mean squared distance between concatenated features, a block of d features with standard deviation s makes up d·s²",
    zh="拼接特征的平均平方距离中，一个有 d 维、标准差为 s 的特征块贡献正比于 d·s²",
    on="cpu",
)


@share.cases
def blocks(rng):
    def draw():
        return {
            "d_cnn": rng.choice([128, 256, 512]),
            "s_cnn": rng.choice([0.5, 1, 2]),
            "d_sift": rng.choice([32, 64, 128]),
            "s_sift": rng.choice([1, 2, 4]),
        }

    for _ in range(4):
        given = share.telling(draw)
        label = "{d_cnn} × {s_cnn} and {d_sift} × {s_sift}".format(**given)
        yield Case(label, zh=label.replace("and", "与"), given=given)


@share.truth(rel=0.02)
def over_all_pairs(case):
    """Mean over all pairs of 16 rows, whose columns have exactly the standard deviations that are given."""
    parts = []
    for block in ("cnn", "sift"):
        x = torch.randn(16, case.given[f"d_{block}"]).double()
        x = (x - x.mean(0)) / x.std(0, correction=0)
        x = case.given[f"s_{block}"] * x
        parts.append((torch.cdist(x, x) ** 2).mean().item())
    return parts[1] / sum(parts)


@share.answer
def by_size_and_variance(d_cnn, s_cnn, d_sift, s_sift):
    cnn, sift = d_cnn * s_cnn**2, d_sift * s_sift**2
    return sift / (cnn + sift)


@share.misconception(en="counts dimensions only", zh="只看维数")
def by_size(d_cnn, s_cnn, d_sift, s_sift):
    return d_sift / (d_cnn + d_sift)


@share.misconception(en="compares units only", zh="只看尺度")
def by_deviation(d_cnn, s_cnn, d_sift, s_sift):
    return s_sift / (s_cnn + s_sift)


@share.misconception(
    en="does not square the unit: d·s", zh="标准差没有平方：d·s"
)
def unsquared(d_cnn, s_cnn, d_sift, s_sift):
    return d_sift * s_sift / (d_cnn * s_cnn + d_sift * s_sift)


@share.misconception(
    en="half and half, as there are two blocks", zh="两块各占一半"
)
def one_half(d_cnn, s_cnn, d_sift, s_sift):
    return 0.5


if __name__ == "__main__":
    main()
