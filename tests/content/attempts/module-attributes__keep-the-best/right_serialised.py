import io

import torch


def fit(net, epochs, train, evaluate):
    losses, files = [], []
    for _ in range(epochs):
        train()
        losses.append(evaluate())
        file = io.BytesIO()
        torch.save(net.state_dict(), file)
        files.append(file)
    at = losses.index(min(losses))
    files[at].seek(0)
    net.load_state_dict(torch.load(files[at]))
    return losses[at]
