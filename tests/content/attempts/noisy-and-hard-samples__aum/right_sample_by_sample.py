import torch


def aum(scores, labels):
    areas = []
    for n, label in enumerate(labels.tolist()):
        track = scores[:, n]
        others = torch.cat([track[:, :label], track[:, label + 1 :]], dim=1)
        areas.append((track[:, label] - others.amax(1)).mean())
    return torch.stack(areas)
