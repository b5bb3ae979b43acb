import torch


def fit_ridge(x, y, lam):
    n, features = x.shape
    design = torch.cat([x, x.new_ones(n, 1)], dim=1)
    penalty = torch.diag(torch.cat([x.new_full((features,), lam), x.new_zeros(1)]))
    theta = torch.linalg.solve(design.T @ design + penalty, design.T @ y)
    return theta[:features], theta[features]
