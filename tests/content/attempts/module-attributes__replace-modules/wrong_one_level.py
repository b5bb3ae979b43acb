def replace(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    made = {}
    for name, child in net._modules.items():
        if isinstance(child, kind):
            made[child] = made.get(child) or make(child)
            setattr(net, name, made[child])
    return net
