import random


def oversampled_folds(labels, k):
    order = list(range(len(labels)))
    random.shuffle(order)
    splits = []
    for fold in range(k):
        test = set(order[fold::k])
        train = [i for i in order if i not in test]
        ones = [i for i in train if labels[i] == 1]
        lacking = len(train) - 2 * len(ones)
        splits.append((train + random.choices(ones, k=lacking), sorted(test)))
    return splits
