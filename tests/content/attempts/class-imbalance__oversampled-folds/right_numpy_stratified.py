import numpy as np


def oversampled_folds(labels, k):
    y = np.array(labels)
    fold_of = np.empty(len(y), int)
    for label in (0, 1):
        places = np.flatnonzero(y == label)
        fold_of[places] = np.arange(len(places)) % k
    for fold in range(k):
        zeros = np.flatnonzero((fold_of != fold) & (y == 0))
        ones = np.flatnonzero((fold_of != fold) & (y == 1))
        train = np.concatenate([zeros, np.resize(ones, len(zeros))])
        yield train.tolist(), np.flatnonzero(fold_of == fold).tolist()
