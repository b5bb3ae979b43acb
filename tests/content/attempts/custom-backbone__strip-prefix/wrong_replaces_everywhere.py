def backbone_state(state):
    return {key.replace("backbone.", ""): value for key, value in state.items() if key.startswith("backbone.")}
