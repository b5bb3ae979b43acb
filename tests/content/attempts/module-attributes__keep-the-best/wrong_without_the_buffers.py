import math


def fit(net, epochs, train, evaluate):
    best, state = math.inf, None
    for _ in range(epochs):
        train()
        loss = evaluate()
        if loss < best:
            best, state = loss, {k: v.detach().clone() for k, v in net.named_parameters()}
    net.load_state_dict(state, strict=False)
    return best
