def backbone_state(state):
    return {key[9:]: value for key, value in state.items()}
