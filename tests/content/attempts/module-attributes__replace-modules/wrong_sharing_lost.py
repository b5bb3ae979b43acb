def replace(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    for name, child in net._modules.items():
        if child is not None:
            net._modules[name] = replace(child, kind, make)
    return net
