def aum(scores, labels):
    index = labels.expand(scores.shape[0], -1).unsqueeze(-1)
    own = scores.gather(-1, index).squeeze(-1)
    return (own - scores.scatter(-1, index, float("-inf")).amax(-1)).sum(0)
