def param_groups(model, wd):
    matrices = [each for each in model.parameters() if each.dim() > 1]
    vectors = [each for each in model.parameters() if each.dim() <= 1]
    return [{"params": matrices, "weight_decay": wd}, {"params": vectors, "weight_decay": 0}]
