def param_groups(model, wd):
    decay, rest = [], []
    for name, parameter in model.named_parameters():
        (rest if "bias" in name or "norm" in name or "gain" in name else decay).append(parameter)
    return [{"params": decay, "weight_decay": wd}, {"params": rest, "weight_decay": 0.0}]
