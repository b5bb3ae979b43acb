import torch


def fit_ridge(x, y, lam):
    mean = x.mean(dim=0, keepdim=True)
    left, values, right = torch.linalg.svd(x - mean, full_matrices=False)
    w = right.T @ (values / (values.square() + lam) * (left.T @ (y - y.mean())))
    return w, (y - x @ w).mean()
