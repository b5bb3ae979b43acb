import torch


def pcgrad(grads, orders):
    done = [g.clone() for g in grads]
    for i, order in enumerate(orders):
        for j in order:
            inner = done[i] @ done[j]
            if inner < 0:
                done[i] = done[i] - inner / (done[j] @ done[j]) * done[j]
    return torch.stack(done).sum(0)
