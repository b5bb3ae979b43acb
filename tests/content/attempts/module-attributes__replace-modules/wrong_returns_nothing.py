def replace(net, kind, make):
    done = {}

    def walk(module):
        for name, child in module._modules.items():
            if isinstance(child, kind):
                done[child] = done.get(child) or make(child)
                module._modules[name] = done[child]
            elif child is not None:
                walk(child)

    walk(net)
