from torch import nn


def param_groups(model, wd):
    decay, rest = [], []
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.LayerNorm | nn.BatchNorm2d):
            for parameter in module.parameters():
                (decay if parameter.ndim > 1 else rest).append(parameter)
    return [{"params": decay, "weight_decay": wd}, {"params": rest, "weight_decay": 0.0}]
