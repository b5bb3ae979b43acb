def backbone_state(state):
    return {key.split("backbone.", 1)[1]: value for key, value in state.items() if "backbone." in key}
