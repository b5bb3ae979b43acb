def replace(net, kind, make, done=None):
    done = {} if done is None else done
    if isinstance(net, kind) and net not in done:
        done[net] = make(net)
    new = done.get(net, net)
    for name, child in new._modules.items():
        if child is not None:
            new._modules[name] = replace(child, kind, make, done)
    return new
