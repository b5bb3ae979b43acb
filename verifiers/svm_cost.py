"""What few support vectors save: a prediction is cheap, training is not."""

from functools import cache

import numpy as np

from quizapp.proof import Case, Claim, at_least, at_most, main, table

kernel_values = Claim(
    "kernel_values",
    en="Kernel SVM with s support vectors: a prediction takes s kernel values, training about n a support vector, so n² where labels are noisy",
    zh="有s个支持向量的核SVM：预测一次只需s个核函数值；训练时每个支持向量约需n个，标签有噪声时就是n²量级",
    on="cpu",
)

SIZES = (100, 400, 1600)


@kernel_values.cases
def training_sets(rng):
    for label, zh, noisy in (
        ("10 % of the labels flipped", "10% 的标签被翻转", True),
        ("classes far apart", "两类相距很远", False),
    ):
        yield Case(label, zh=zh, noisy=noisy, seed=rng.getrandbits(32))


def points(n, noisy, seed):
    draw = np.random.default_rng(seed + n)
    if noisy:  # a wavy border in a square, each label wrong with chance 0.1
        x = draw.uniform(-1, 1, (n, 2))
        y = np.where(x[:, 1] > np.sin(3 * x[:, 0]) / 2, 1.0, -1.0)
        return x, np.where(draw.random(n) < 0.1, -y, y)
    y = np.where(np.arange(n) % 2, 1.0, -1.0)
    return draw.normal(0, 0.25, (n, 2)) + 0.8 * y[:, None], y


@cache  # the same for every subject: none of them trains
def counted(n, noisy, seed):
    """Support vectors, and kernel values computed in training (SMO, C = 1, tolerance 1e-3; none is computed twice)."""
    x, y = points(n, noisy, seed)

    @cache
    def against_all(i):
        return np.exp(-2 * ((x - x[i]) ** 2).sum(1))

    low, high = np.minimum(0, y), np.maximum(0, y)
    beta, gradient = np.zeros(n), -y
    while True:
        up = np.where(beta < high - 1e-12, gradient, np.inf)
        down = np.where(beta > low + 1e-12, gradient, -np.inf)
        i = up.argmin()
        if down.max() - up[i] < 1e-3:
            break
        # the partner that lowers the objective most; k(x, x) = 1
        gaps = np.maximum(down - up[i], 0)
        bends = np.maximum(2 - 2 * against_all(i), 1e-12)
        j = (gaps**2 / bends).argmax()
        step = min(gaps[j] / bends[j], high[i] - beta[i], beta[j] - low[j])
        beta[i] += step
        beta[j] -= step
        gradient = gradient + step * (against_all(i) - against_all(j))
    return int(
        (abs(beta) > 1e-9).sum()
    ), n * against_all.cache_info().currsize


@kernel_values.check
def as_counted(formula, case):
    rows, off = [], {"training": [], "prediction": []}
    for n in SIZES:
        s, computed = counted(n, case.noisy, case.seed)
        training, prediction = formula(n, s)
        off["training"].append(
            max(training / computed, computed / training)
        )
        off["prediction"].append(max(prediction / s, s / prediction))
        rows.append((n, s, computed, training))
    growth = rows[-1][2] / rows[0][2]
    found = [
        # 1.5 at most on 200 seeds; the misconceptions are 16 and more off
        at_most(
            max(off["training"]),
            5,
            en="training, factor off",
            zh="训练，相差的倍数",
        ),
        at_most(
            max(off["prediction"]),
            5,
            en="one prediction, factor off",
            zh="一次预测，相差的倍数",
        ),
        table(
            ("n", "s", ("counted", "实测"), ("claimed", "预测")),
            rows,
            en="Kernel values in training",
            zh="训练中计算的核函数值",
        ),
    ]
    if case.noisy:
        found.append(
            # 134 and more on 200 seeds; linear growth would be 16
            at_least(
                growth,
                40,
                en="growth of the work, data grown 16 times",
                zh="数据增至16倍时，计算量的倍数",
            )
        )
    return found


@kernel_values.answer
def a_column_for_each_support_vector(n, s):
    return n * s, s


def clean(case):
    return not case.noisy


MANY = (
    "with noisy labels every third point is a support vector",
    "标签有噪声时，约三分之一的点都是支持向量",
)


@kernel_values.misconception(
    en="training works on the support vectors only",
    zh="训练时只需处理支持向量",
    on=clean,
    because=MANY,
)
def support_vectors_only(n, s):
    return s * s, s


@kernel_values.misconception(
    en="training looks at each point once", zh="训练时每个样本只看一次"
)
def one_look_each(n, s):
    return n, s


@kernel_values.misconception(
    en="training computes the whole kernel matrix, prediction needs all points",
    zh="训练要算整个核矩阵，预测要用全部样本",
    on=clean,
    because=MANY,
)
def nothing_is_saved(n, s):
    return n * n, n


if __name__ == "__main__":
    main()
