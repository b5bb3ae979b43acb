def backbone_state(state):
    return {key: value for key, value in state.items() if key.startswith("backbone.")}
