def replace(net, kind, make):
    new = {}

    def exchanged(module):
        if module not in new:
            new[module] = make(module)
        return new[module]

    if isinstance(net, kind):
        return exchanged(net)
    stack, seen = [net], {net}
    while stack:
        parent = stack.pop()
        for name in list(parent._modules):
            child = parent._modules[name]
            if isinstance(child, kind):
                parent._modules[name] = exchanged(child)
            elif child is not None and child not in seen:
                seen.add(child)
                stack.append(child)
    return net
