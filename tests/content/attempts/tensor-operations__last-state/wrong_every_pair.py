def last_state(h, lengths):
    return h[:, lengths.long() - 1]
