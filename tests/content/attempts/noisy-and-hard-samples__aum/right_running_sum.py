import torch


def aum(scores, labels):
    rows = torch.arange(len(labels), device=scores.device)
    total = torch.zeros_like(scores[0, :, 0])
    for epoch in scores:
        ranked, classes = epoch.sort(dim=1, descending=True)
        first_is_own = classes[:, 0] == labels
        rival = torch.where(first_is_own, ranked[:, 1], ranked[:, 0])
        total += epoch[rows, labels] - rival
    return total / len(scores)
