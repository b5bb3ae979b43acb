"""How many numbers are left of two feature vectors after discriminant correlation analysis."""

import torch

from quizapp.proof import Case, Claim, main

length = Claim(
    "length",
    en="Discriminant correlation analysis leaves min(C − 1, p, q) numbers of each of two feature vectors, for C classes",
    zh="C 个类别时，判别相关分析（DCA）把两组特征各压缩到 min(C − 1, p, q) 维",
    on="cpu",
)


@length.cases
def pairs_of_features(rng):
    def draw():
        return {
            "classes": rng.choice([2, 3, 5, 10, 20]),
            "p": rng.choice([128, 256, 512]),
            "q": rng.choice([36, 59, 64, 128]),
        }

    for _ in range(4):
        given = length.telling(draw)
        label = f"{given['classes']} classes, {given['p']} and {given['q']} features"
        zh = f"{given['classes']}类，{given['p']}维与{given['q']}维特征"
        yield Case(label, zh=zh, given=given)
    yield Case(
        "10 classes, 256 features and 7 moments",
        zh="10类，256维特征与7个矩",
        given={"classes": 10, "p": 256, "q": 7},
    )


@length.truth(rel=0)
def fused_by_dca(case):
    """Haghighat et al.: whiten the scatter between classes in each view, then the covariance between the views."""
    classes = case.given["classes"]
    labels = torch.arange(4 * classes) % classes
    views = []
    for size in (case.given["p"], case.given["q"]):
        middles = torch.randn(classes, size).double()
        x = middles[labels] + 0.3 * torch.randn(len(labels), size).double()
        views.append(whitened_between_classes(x - x.mean(0), labels))
    r = min(each.shape[1] for each in views)
    one, other = (each[:, :r] for each in views)
    left, sizes, right = torch.linalg.svd(one.T @ other)
    fused = torch.cat(
        [one @ left / sizes.sqrt(), other @ right.T / sizes.sqrt()], dim=1
    )
    return fused.shape[1]


def whitened_between_classes(x, labels):
    """The directions in which the class means differ, scaled so that their scatter is the unit matrix."""
    counts = labels.bincount().double()
    means = torch.stack([x[labels == c].mean(0) for c in labels.unique()])
    between = counts.sqrt()[:, None] * means
    _, sizes, right = torch.linalg.svd(between, full_matrices=False)
    kept = sizes > 1e-9 * sizes[0]  # the means of centred data add up to 0
    return x @ right[kept].T / sizes[kept]


@length.answer
def twice_the_smallest(classes, p, q):
    return 2 * min(classes - 1, p, q)


@length.misconception(
    en="as long as the two vectors side by side: p + q",
    zh="与直接拼接一样长：p + q",
)
def side_by_side(classes, p, q):
    return p + q


SHORT = (
    "where a vector is shorter than that, its length decides",
    "特征维数更小时由维数决定",
)


@length.misconception(
    en="min(p, q) of each, as in canonical correlation analysis",
    zh="像典型相关分析（CCA）那样，各取 min(p, q) 维",
    on=lambda case: case.given["q"] >= case.given["classes"],
    because=SHORT,
)
def as_in_cca(classes, p, q):
    return 2 * min(p, q)


@length.misconception(
    en="C directions, though C class means about their mean span C − 1",
    zh="取 C 个方向；其实C个类均值减去总均值后只张成 C − 1 维",
    on=lambda case: case.given["q"] >= case.given["classes"],
    because=SHORT,
)
def one_a_class(classes, p, q):
    return 2 * min(classes, p, q)


@length.misconception(
    en="C − 1 in all: forgets that two vectors are joined",
    zh="一共 C − 1 维：忘了还要拼接两组",
)
def one_vector_only(classes, p, q):
    return min(classes - 1, p, q)


if __name__ == "__main__":
    main()
