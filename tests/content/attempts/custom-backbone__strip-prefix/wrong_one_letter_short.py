def backbone_state(state):
    return {key[10:]: value for key, value in state.items() if key.startswith("backbone.")}
