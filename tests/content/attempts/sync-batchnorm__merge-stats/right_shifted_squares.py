import torch


def merge_stats(counts, means, variances):
    reference = means[int(counts.argmax())]
    shifted = means - reference
    total = counts.sum()
    first = torch.einsum("k,kc->c", counts, shifted) / total
    second = torch.einsum("k,kc->c", counts, variances + shifted**2) / total
    return reference + first, second - first**2
