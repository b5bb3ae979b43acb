import re


def backbone_state(state):
    matches = ((re.fullmatch(r"backbone\.(.+)", key), value) for key, value in state.items())
    return {match[1]: value for match, value in matches if match}
