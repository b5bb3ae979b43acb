def nll_loss(log_probs, targets):
    return log_probs.gather(1, targets[:, None]).mean()
