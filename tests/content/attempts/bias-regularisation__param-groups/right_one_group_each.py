def param_groups(model, wd):
    return [{"params": each, "weight_decay": wd * (each.ndim > 1)} for each in model.parameters()]
