def fit(net, epochs, train, evaluate):
    history = []
    for _ in range(epochs):
        train()
        state = {name: value.detach().clone() for name, value in net.state_dict().items()}
        history.append((evaluate(), state))
    best, state = min(history, key=lambda pair: pair[0])
    net.load_state_dict(state)
    return best
