def param_groups(model, wd):
    decay, rest = [], []
    for _, parameter in model.named_parameters(remove_duplicate=False):
        (decay if parameter.ndim > 1 else rest).append(parameter)
    return [{"params": decay, "weight_decay": wd}, {"params": rest, "weight_decay": 0.0}]
