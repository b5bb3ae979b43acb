from itertools import cycle, islice, pairwise


def oversampled_folds(labels, k):
    n = len(labels)
    edges = [n * i // k for i in range(k + 1)]
    splits = []
    for start, end in pairwise(edges):
        train = [*range(start), *range(end, n)]
        ones = [i for i in train if labels[i]]
        zeros = [i for i in train if not labels[i]]
        splits.append((zeros + list(islice(cycle(ones), len(zeros))), list(range(start, end))))
    return splits
