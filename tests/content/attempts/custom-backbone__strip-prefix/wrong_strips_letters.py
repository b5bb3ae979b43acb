def backbone_state(state):
    letters = "backbone."
    return {key.strip(letters): state[key] for key in state if key.startswith(letters)}
