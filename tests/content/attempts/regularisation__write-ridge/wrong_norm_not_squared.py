import torch


def fit_ridge(x, y, lam):
    xc, yc = x - x.mean(0), y - y.mean()
    eye = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    w = torch.linalg.solve(xc.T @ xc + lam * eye, xc.T @ yc)
    for _ in range(200):  # lam * w.norm(), by iterated reweighting
        w = torch.linalg.solve(xc.T @ xc + lam / (2 * w.norm()) * eye, xc.T @ yc)
    return w, y.mean() - x.mean(0) @ w
