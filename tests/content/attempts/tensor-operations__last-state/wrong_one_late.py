def last_state(h, lengths):
    index = lengths.long()[:, None, None].expand(-1, 1, h.shape[2])
    return h.gather(1, index).squeeze(1)
