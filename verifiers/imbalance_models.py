"""Imbalanced classes: which kind of model ranks best, and which measures depend on the share of positives."""

import numpy as np

from quizapp.proof import (
    Case,
    Claim,
    at_least,
    at_least_if,
    main,
    table,
)


def auc(scores, labels):
    """The share of pairs, one of each class, in which the positive scores higher; ties count one half."""
    scores, labels = np.asarray(scores), np.asarray(labels)
    order = np.unique(scores, return_inverse=True, return_counts=True)
    _, place, counts = order
    ranks = (counts.cumsum() - (counts - 1) / 2)[place]
    positives = labels.sum()
    above = ranks[labels == 1].sum() - positives * (positives + 1) / 2
    return above / (positives * (len(labels) - positives))


models = Claim(
    "models",
    en="Which model ranks best follows from the shape of the classes, not from their balance",
    zh="哪种模型排序最好，取决于类别边界的形状，而不取决于类别是否平衡",
    on="cpu",
    requires=("sklearn",),
)


@models.cases
def classes(rng):
    for shape, zh in (("linear", "线性边界"), ("ring", "环形边界")):
        for minority in (0.02, 0.5):
            train = drawn_classes(shape, minority, 1500)
            test = drawn_classes(shape, minority, 3000)
            yield Case(
                f"{shape}, {minority:.0%} positives",
                zh=f"{zh}，正类占{minority:.0%}",
                shape=shape,
                minority=minority,
                aucs=areas(train, test, rng.getrandbits(31)),
            )


def drawn_classes(shape, minority, n):
    """Gaussian negatives in 10 dimensions; positives shifted (a linear border is best) or around them (a sphere is)."""
    y = np.zeros(n, int)
    y[: round(minority * n)] = 1
    x = np.random.normal(size=(n, 10))
    if shape == "linear":
        x += 0.6 * y[:, None]
    else:
        x *= 1 + 0.6 * y[:, None]
    return x, y


@models.observe
def chosen(best, shape, minority):
    return best(shape, minority)


@models.check
def by_their_ranking(name, case):
    aucs = case.aucs
    other = max(aucs[each] for each in aucs if each != name)
    return [
        at_least(
            aucs[name] - other,
            0.005,
            en=f"ROC AUC of the {name} less the best of the others",
            zh=f"{name} 的ROC AUC减去其余中最好的",
        ),
        table(
            (("model", "模型"), "ROC AUC"),
            list(aucs.items()),
            en="On fresh data",
            zh="在新数据上",
        ),
    ]


def areas(train, test, seed):
    """The ROC AUC of each model, fitted with its defaults (15 trees in place of 100), on fresh data."""
    # imported here: it takes a second, which the other claims need not wait for
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    kinds = {
        "logistic regression": LogisticRegression(),
        "decision tree": DecisionTreeClassifier(random_state=seed),
        "random forest": RandomForestClassifier(15, random_state=seed),
    }
    return {
        name: auc(model.fit(*train).predict_proba(test[0])[:, 1], test[1])
        for name, model in kinds.items()
    }


@models.answer
def by_the_border(shape, minority):
    return "logistic regression" if shape == "linear" else "random forest"


@models.misconception(
    en="imbalanced data is for forests, logistic regression struggles",
    zh="数据不平衡就用随机森林，逻辑回归不行",
    on=lambda case: case.shape == "linear" and case.minority < 0.5,
    because=(
        "around a ring forests are better, balanced or not",
        "环形边界上森林本来就更好，与是否平衡无关",
    ),
)
def forests_for_the_imbalanced(shape, minority):
    if minority < 0.5:
        return "random forest"
    return by_the_border(shape, minority)


@models.misconception(
    en="a forest is always the safe choice",
    zh="随机森林总是稳妥的选择",
    on=lambda case: case.shape == "linear",
    because=("around a ring it is right", "环形边界上确实如此"),
)
def always_a_forest(shape, minority):
    return "random forest"


@models.misconception(
    en="a decision tree does not mind the imbalance",
    zh="决策树不怕类别不平衡",
)
def single_tree(shape, minority):
    return "decision tree"


prevalence = Claim(
    "prevalence",
    en="ROC AUC, recall and balanced accuracy do not depend on the share of positives; precision, AP and accuracy do",
    zh="ROC AUC、召回率、平衡准确率与正类占比无关；精确率、AP和准确率则随之变化",
    on="cpu",
)


def mean_precision(scores, y):
    """The precision at the rank of each positive, averaged; no two scores are alike."""
    hits = y[np.argsort(-scores)]
    return (hits.cumsum() / np.arange(1, len(y) + 1))[hits == 1].mean()


MEASURES = {
    "ROC AUC": ("ROC AUC", auc),
    "recall": ("召回率", lambda scores, y: (scores[y == 1] > 2).mean()),
    "balanced accuracy": (
        "平衡准确率",
        lambda scores, y: (
            ((scores[y == 1] > 2).mean() + (scores[y == 0] <= 2).mean()) / 2
        ),
    ),
    "precision": ("精确率", lambda scores, y: y[scores > 2].mean()),
    "average precision": (
        "平均精度AP",
        mean_precision,
    ),
    "accuracy": ("准确率", lambda scores, y: ((scores > 2) == y).mean()),
}


@prevalence.cases
def two_shares(rng):
    # the same detector at 1 % and, with 99 % of the negatives left out, at 50 %
    y = np.repeat([1, 0], [600, 59_400])
    seed = rng.getrandbits(32)
    scores = np.random.default_rng(seed).normal(size=60_000) + 2 * y
    for name, (zh, _) in MEASURES.items():
        yield Case(name, zh=zh, name=name, scores=scores, y=y, seed=seed)


@prevalence.observe
def depends(told, name):
    return told(name)


@prevalence.check
def with_fewer_negatives(changes, case):
    rare = MEASURES[case.name][1](case.scores, case.y)
    even = MEASURES[case.name][1](case.scores[:1200], case.y[:1200])
    return [
        # over 200 seeds: at most 0.03 where nothing depends on it, else at least 0.2
        at_least_if(
            changes,
            abs(even - rare),
            0.06,
            en=f"change of {case.name} from 1 % to 50 % positives",
            zh=f"正类占比从1%变到50%时{MEASURES[case.name][0]}的变化",
        ),
        table(
            (("measure", "指标"), "1 %", "50 %"),
            [
                (
                    name,
                    f(case.scores, case.y),
                    f(case.scores[:1200], case.y[:1200]),
                )
                for name, (_, f) in MEASURES.items()
            ],
            en="The same detector, threshold 2, by the share of positives",
            zh="同一个检测器（阈值2），不同的正类占比",
        ),
    ]


@prevalence.answer
def where_false_positives_are_counted(name):
    # against the positives; a rate within one class does not notice
    return name in ("precision", "average precision", "accuracy")


@prevalence.misconception(
    en="ROC AUC is spoilt by imbalance",
    zh="ROC AUC会随类别不平衡而变化",
    on=lambda case: case.name == "ROC AUC",
    because=("it speaks of ROC AUC", "只针对ROC AUC"),
)
def roc_depends(name):
    return name == "ROC AUC" or where_false_positives_are_counted(name)


@prevalence.misconception(
    en="precision, recall and AP go with the detector, not with the data",
    zh="精确率、召回率、AP只取决于检测器，与数据中的正类占比无关",
    on=lambda case: case.name in ("precision", "average precision"),
    because=("recall does, and it speaks of no other", "召回率确实如此"),
)
def precision_is_the_detectors(name):
    return name == "accuracy"


@prevalence.misconception(
    en="whatever is counted changes with the counts",
    zh="只要样本数变了，所有指标都会变",
    on=lambda case: case.name in ("ROC AUC", "recall", "balanced accuracy"),
    because=("the others do change", "其余指标确实会变"),
)
def everything_depends(name):
    return True


precision = Claim(
    "precision",
    en="Precision = TPR·π / (TPR·π + FPR·(1 − π)): at a small π even a small FPR drowns the positives",
    zh="精确率 = TPR·π / (TPR·π + FPR·(1 − π))：π很小时，很小的FPR也足以淹没正类",
    on="cpu",
)


@precision.cases
def detectors(rng):
    def draw():
        return {
            "recall": rng.choice([50, 60, 80, 90]),
            "fpr": rng.choice([1, 2, 4, 5, 10]),
            "share": rng.choice([1, 2, 4, 5, 10]),
        }

    for _ in range(4):
        given = precision.telling(draw)
        yield Case(
            "recall {recall} %, FPR {fpr} %, positives {share} %".format(
                **given
            ),
            zh="召回率{recall}%，FPR {fpr}%，正类{share}%".format(**given),
            given=given,
        )


@precision.truth(rel=0.02)
def among_a_million(case):
    positives = 10_000 * case.given["share"]
    found = positives * case.given["recall"] // 100
    false_alarms = (1_000_000 - positives) * case.given["fpr"] // 100
    return found / (found + false_alarms)


@precision.answer
def bayes(recall, fpr, share):
    hits, alarms = recall * share, fpr * (100 - share)
    return hits / (hits + alarms)


@precision.misconception(
    en="takes recall for precision", zh="把召回率当作精确率"
)
def recall_itself(recall, fpr, share):
    return recall / 100


@precision.misconception(
    en="takes 1 − FPR for precision", zh="把 1 − FPR 当作精确率"
)
def specificity(recall, fpr, share):
    return 1 - fpr / 100


@precision.misconception(
    en="compares the rates as if the classes were balanced",
    zh="直接比较两个比率，相当于默认类别平衡",
)
def as_if_balanced(recall, fpr, share):
    return recall / (recall + fpr)


@precision.misconception(
    en="forgets that the precision needs the positives found, not all of them",
    zh="分子用了全部正类，而不是被找到的正类",
)
def all_positives(recall, fpr, share):
    return 100 * share / (100 * share + fpr * (100 - share))


if __name__ == "__main__":
    main()
