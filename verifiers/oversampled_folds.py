"""Split first and oversample then, inside each training fold."""

import math

import torch

from quizapp.proof import Case, Claim, at_most, equal, main

folds = Claim(
    "folds",
    en="Oversample inside each training fold: done before the split it puts copies of the test samples into training",
    zh="过采样必须在每个训练折内部做；在划分之前做，测试样本的副本就会进入训练集",
    on="cpu",
)


@folds.cases
def noise(rng):
    for n, k in ((303, 5), (242, 4)):
        # prime to k: dealt out in turn, the copies of one sample must not all fall into one fold
        positives = n // 10 + 1
        labels = [1] * positives + [0] * (n - positives)
        yield Case(
            f"{n} samples of pure noise, {k} folds",
            zh=f"{n}个纯噪声样本，{k}折",
            labels=rng.sample(labels, n),
            x=torch.randn(n, 10).double(),  # tells nothing of the labels
            k=k,
        )


@folds.observe
def as_lists(split, labels, k):
    return [(list(train), list(test)) for train, test in split(labels, k)]


@folds.check
def of_each_fold(got, case):
    labels = torch.tensor(case.labels)
    tested = sorted(i for _, test in got for i in test)
    shared = sum(len({*train} & {*test}) for train, test in got)
    sizes = [
        labels[train].bincount(minlength=2).tolist() for train, _ in got
    ]
    right = torch.zeros(len(labels))
    for train, test in got:
        distance = torch.cdist(case.x[test], case.x[train])
        right[test] = (
            labels[train][distance.argmin(1)] == labels[test]
        ).float()
    balanced = (right[labels == 1].mean() + right[labels == 0].mean()) / 2
    return [
        equal(
            shared,
            0,
            en="test samples also trained on",
            zh="同时出现在训练集中的测试样本数",
        ),
        equal(
            tested == list(range(len(labels))),
            True,
            en="every sample is tested, once",
            zh="每个样本恰好被测试一次",
        ),
        equal(
            all({*train, *test} == {*tested} for train, test in got),
            True,
            en="what is not tested is trained on",
            zh="不在测试折中的样本都参与训练",
        ),
        equal(
            all(a == b > 0 for a, b in sizes),
            True,
            en="both classes are alike in every training fold",
            zh="每个训练折中两类样本数相同",
        ),
        # chance makes it 0.17 at most over 200 seeds; copies in both parts make it 0.4 and more
        at_most(
            balanced - 0.5,
            0.25,
            en="balanced accuracy on noise, above chance",
            zh="在纯噪声上的平衡准确率超出随机水平的部分",
        ),
    ]


@folds.answer
def oversampled_folds(labels, k):
    splits = []
    for fold in range(k):
        test = [i for i in range(len(labels)) if i % k == fold]
        train = [i for i in range(len(labels)) if i % k != fold]
        many = [i for i in train if not labels[i]]
        few = [i for i in train if labels[i]]
        copies = few * math.ceil(len(many) / len(few))
        splits.append((many + copies[: len(many)], test))
    return splits


@folds.misconception(
    en="oversamples first, then splits", zh="先过采样，再划分"
)
def before_the_split(labels, k):
    many = [i for i, label in enumerate(labels) if not label]
    few = [i for i, label in enumerate(labels) if label]
    copies = few * math.ceil(len(many) / len(few))
    everything = many + copies[: len(many)]
    splits = []
    for fold in range(k):
        test = everything[fold::k]
        train = [i for j, i in enumerate(everything) if j % k != fold]
        splits.append((train, test))
    return splits


@folds.misconception(
    en="oversamples the test fold as well", zh="测试折也做过采样"
)
def test_fold_too(labels, k):
    splits = []
    for train, test in oversampled_folds(labels, k):
        many = [i for i in test if not labels[i]]
        few = [i for i in test if labels[i]] or many
        balanced = few * math.ceil(len(many) / len(few))
        splits.append((train, many + balanced[: len(many)]))
    return splits


@folds.misconception(
    en="copies from all data into the training fold",
    zh="从全部数据中抽取少数类样本复制到训练折",
)
def copies_from_everywhere(labels, k):
    few = [i for i, label in enumerate(labels) if label]
    splits = []
    for train, test in oversampled_folds(labels, k):
        many = [i for i in train if not labels[i]]
        copies = few * math.ceil(len(many) / len(few))
        splits.append((many + copies[: len(many)], test))
    return splits


@folds.misconception(
    en="splits without oversampling", zh="只划分，不过采样"
)
def never_oversampled(labels, k):
    places = range(len(labels))
    return [
        ([i for i in places if i % k != fold], list(places[fold::k]))
        for fold in range(k)
    ]


if __name__ == "__main__":
    main()
