import math


def oversampled_folds(labels, k):
    size = len(labels) // k
    splits = []
    for fold in range(k):
        test = list(range(fold * size, (fold + 1) * size))
        train = [i for i in range(len(labels)) if i not in test]
        zeros = [i for i in train if not labels[i]]
        ones = [i for i in train if labels[i]]
        copies = (ones * math.ceil(len(zeros) / len(ones)))[: len(zeros)]
        splits.append((zeros + copies, test))
    return splits
