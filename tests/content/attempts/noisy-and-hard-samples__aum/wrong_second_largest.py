def aum(scores, labels):
    index = labels.expand(scores.shape[0], -1).unsqueeze(-1)
    own = scores.gather(-1, index).squeeze(-1)
    return (own - scores.topk(2, dim=-1).values[..., 1]).mean(0)
