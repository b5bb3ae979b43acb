def last_state(h, lengths):
    return h[:, -1]
