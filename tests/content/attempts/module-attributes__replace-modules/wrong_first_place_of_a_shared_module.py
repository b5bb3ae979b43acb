def replace(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    for name, child in list(net.named_children()):
        setattr(net, name, replace(child, kind, make))
    return net
