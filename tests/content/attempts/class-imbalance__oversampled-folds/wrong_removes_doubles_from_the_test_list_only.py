import math


def oversampled_folds(labels, k):
    zeros = [i for i, label in enumerate(labels) if not label]
    ones = [i for i, label in enumerate(labels) if label]
    rows = zeros + (ones * math.ceil(len(zeros) / len(ones)))[: len(zeros)]
    return [([i for j, i in enumerate(rows) if j % k != f], sorted(set(rows[f::k]))) for f in range(k)]
