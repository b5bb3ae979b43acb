def last_state(h, lengths):
    return h[:, int(lengths.max()) - 1]
