def aum(scores, labels):
    index = labels.expand(scores.shape[0], -1).unsqueeze(-1)
    own = scores.gather(-1, index).squeeze(-1)
    others = (scores.sum(-1) - own) / (scores.shape[-1] - 1)
    return (own - others).mean(0)
