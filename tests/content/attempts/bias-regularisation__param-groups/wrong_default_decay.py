def param_groups(model, wd):
    decay = [each for each in model.parameters() if each.ndim > 1]
    rest = [each for each in model.parameters() if each.ndim <= 1]
    return [{"params": decay, "weight_decay": wd}, {"params": rest}]
