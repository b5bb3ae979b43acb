def replace(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    new, outer = {}, []
    for path, module in list(net.named_modules(remove_duplicate=False)):
        if isinstance(module, kind) and not path.startswith(tuple(outer)):
            outer.append(f"{path}.")
            if module not in new:
                new[module] = make(module)
            parent, _, name = path.rpartition(".")
            setattr(net.get_submodule(parent), name, new[module])
    return net
