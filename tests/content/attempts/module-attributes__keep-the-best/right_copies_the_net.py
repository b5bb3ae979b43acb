import copy

import torch


def fit(net, epochs, train, evaluate):
    best, kept = None, None
    for _ in range(epochs):
        train()
        loss = evaluate()
        if best is None or loss < best:
            best, kept = loss, copy.deepcopy(net)
    with torch.no_grad():
        for mine, theirs in zip(net.parameters(), kept.parameters(), strict=True):
            mine.copy_(theirs)
        for mine, theirs in zip(net.buffers(), kept.buffers(), strict=True):
            mine.copy_(theirs)
    return best
