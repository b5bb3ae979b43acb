def last_state(h, lengths):
    return h.gather(1, (lengths.long() - 1)[:, None, None]).squeeze(1)
