import torch


def aum(scores, labels):
    index = labels.expand(scores.shape[0], -1).unsqueeze(-1)
    own = scores.gather(-1, index).squeeze(-1)
    rivals = scores.scatter(-1, index, float("-inf")).max(dim=-1).values
    return torch.mean(own - rivals, dim=0)
