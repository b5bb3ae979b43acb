from collections import OrderedDict


def backbone_state(state):
    found = OrderedDict()
    for key, value in state.items():
        first, dot, rest = key.partition(".")
        if first == "backbone" and dot:
            found[rest] = value
    return found
