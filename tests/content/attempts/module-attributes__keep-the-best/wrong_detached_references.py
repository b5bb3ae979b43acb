import math


def fit(net, epochs, train, evaluate):
    best, state = math.inf, None
    for _ in range(epochs):
        train()
        loss = evaluate()
        if loss < best:
            best, state = loss, {k: v.detach() for k, v in net.state_dict().items()}
    net.load_state_dict(state)
    return best
