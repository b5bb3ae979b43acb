def replace(net, kind, make, done=None):
    done = {} if done is None else done
    for name, child in net._modules.items():
        if isinstance(child, kind):
            done[child] = done.get(child) or make(child)
            net._modules[name] = done[child]
        elif child is not None:
            replace(child, kind, make, done)
    return net
