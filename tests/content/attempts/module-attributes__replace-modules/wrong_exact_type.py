def replace(net, kind, make, done=None):
    done = {} if done is None else done
    if net not in done:
        done[net] = make(net) if type(net) is kind else net
        if done[net] is net:
            for name, child in net._modules.items():
                if child is not None:
                    net._modules[name] = replace(child, kind, make, done)
    return done[net]
