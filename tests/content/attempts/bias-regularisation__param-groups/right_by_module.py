from torch import nn

NORMS = (nn.LayerNorm, nn.GroupNorm, nn.modules.batchnorm._NormBase)


def param_groups(model, wd):
    seen, groups = set(), {wd: [], 0.0: []}
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter in seen:
                continue
            seen.add(parameter)
            spared = isinstance(module, NORMS) or name.startswith("bias") or name.endswith("bias") or name == "gain"
            groups[0.0 if spared else wd].append(parameter)
    return [{"params": params, "weight_decay": decay} for decay, params in groups.items()]
