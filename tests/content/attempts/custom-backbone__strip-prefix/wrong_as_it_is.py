def backbone_state(state):
    return state
