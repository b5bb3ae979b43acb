def last_state(h, lengths):
    index = (lengths.long() - 1)[:, None, None].expand(-1, 1, h.shape[2])
    return h.gather(1, index).squeeze()
