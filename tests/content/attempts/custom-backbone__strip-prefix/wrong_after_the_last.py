def backbone_state(state):
    return {key.rsplit("backbone.", 1)[-1]: value for key, value in state.items() if key.startswith("backbone.")}
