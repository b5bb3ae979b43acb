from torch.nn.functional import one_hot


def nll_loss(log_probs, targets):
    chosen = one_hot(targets, log_probs.shape[1]).to(log_probs.dtype)
    return -(chosen * log_probs).sum() / len(targets)
