def outermost(module, kind):
    """Pairs of a parent and a name under which a module of that kind stands."""
    for name, child in list(module._modules.items()):
        if isinstance(child, kind):
            yield module, name
        elif child is not None:
            yield from outermost(child, kind)


def replace(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    places = list(outermost(net, kind))
    made = {}
    for parent, name in places:
        old = parent._modules[name]
        if id(old) not in made:
            made[id(old)] = make(old), old
    for parent, name in places:
        old = parent._modules[name]
        if id(old) in made:
            parent.register_module(name, made[id(old)][0])
    return net
