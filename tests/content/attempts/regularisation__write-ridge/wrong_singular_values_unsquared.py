import torch


def fit_ridge(x, y, lam):
    xc = x - x.mean(0)
    left, values, right = torch.linalg.svd(xc, full_matrices=False)
    w = right.T @ (left.T @ (y - y.mean()) / (values + lam))
    return w, y.mean() - x.mean(0) @ w
