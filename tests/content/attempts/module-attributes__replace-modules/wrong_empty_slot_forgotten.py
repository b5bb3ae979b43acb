def replace(net, kind, make, done=None):
    done = {} if done is None else done
    if net not in done:
        done[net] = make(net) if isinstance(net, kind) else net
        if done[net] is net:
            for name, child in net._modules.items():
                net._modules[name] = replace(child, kind, make, done)
    return done[net]
