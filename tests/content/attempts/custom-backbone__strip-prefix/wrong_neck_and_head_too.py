def backbone_state(state):
    return {key.removeprefix("backbone."): value for key, value in state.items()}
