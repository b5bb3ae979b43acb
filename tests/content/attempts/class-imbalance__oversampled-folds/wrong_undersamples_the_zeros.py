def oversampled_folds(labels, k):
    n = len(labels)
    splits = []
    for fold in range(k):
        test = [i for i in range(n) if i % k == fold]
        train = [i for i in range(n) if i % k != fold]
        zeros = [i for i in train if not labels[i]]
        ones = [i for i in train if labels[i]]
        splits.append((zeros[: len(ones)] + ones, test))
    return splits
