import torch


def pcgrad(grads, orders):
    result = []
    for i, order in enumerate(orders):
        mine = grads[i].clone()
        for j in order:
            other = grads[j]
            square = torch.dot(other, other)
            if square > 0:
                mine -= torch.dot(mine, other).clamp(max=0) / square * other
        result.append(mine)
    return torch.stack(result).sum(dim=0)
