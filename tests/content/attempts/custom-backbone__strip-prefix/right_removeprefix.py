def backbone_state(state):
    wanted = filter(lambda key: key.startswith("backbone."), state)
    return {key.removeprefix("backbone."): state[key] for key in wanted}
