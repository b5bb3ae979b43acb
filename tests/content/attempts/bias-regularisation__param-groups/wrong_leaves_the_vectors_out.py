def param_groups(model, wd):
    return [{"params": [each for each in model.parameters() if each.ndim > 1], "weight_decay": wd}]
