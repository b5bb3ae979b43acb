"""Exchanging modules of one kind for others, anywhere in a net."""
# ruff: noqa: SLF001  # empty slots and shared modules show in _modules only

from torch import nn

from quizapp.proof import Case, Claim, equal, main, table

BatchNorm = nn.modules.batchnorm._BatchNorm  # what all kinds derive from

swap = Claim(
    "swap",
    en="Modules are exchanged in their parents, slot by slot, at every depth; one that stands in two places stays one",
    zh="替换模块要在它的父模块里逐个槽位进行，各个深度都不能漏；一处以上共用的模块替换后仍是同一个",
    on="cpu",
)


@swap.cases
def nets(rng):
    sizes = rng.sample(range(2, 30), 8)
    deep = nn.Sequential(
        nn.Linear(1, 1),
        nn.BatchNorm1d(sizes[0]),
        nn.ModuleDict(
            {
                "a": nn.ModuleList([nn.BatchNorm2d(sizes[1]), nn.ReLU()]),
                "b": nn.Sequential(nn.Sequential(nn.BatchNorm3d(sizes[2]))),
            }
        ),
    )
    deep.register_module("downsample", None)
    one = nn.BatchNorm2d(sizes[3])
    shared = nn.Sequential(one, nn.ReLU(), one, nn.ModuleList([one]))
    for label, zh, net, kind in (
        ("at three depths", "分布在三个深度", deep, "deep"),
        ("one layer in three places", "同一层用在三处", shared, "shared"),
        (
            "the net itself",
            "网络自身就是",
            nn.BatchNorm1d(sizes[4]),
            "root",
        ),
        (
            "wrapped, not thrown away",
            "套一层，而不是扔掉",
            nn.Sequential(nn.Sequential(nn.BatchNorm2d(sizes[5]))),
            "wrap",
        ),
        (
            "nothing to exchange",
            "没有可替换的",
            nn.Sequential(nn.Linear(sizes[6], 1)),
            "none",
        ),
    ):
        yield Case(label, zh=zh, net=net, kind=kind, wrap=kind == "wrap")


def group_norm(old):
    return nn.GroupNorm(1, old.num_features)


def wrapped(old):
    return nn.Sequential(old, nn.Dropout(0.1))


@swap.observe
def exchanged(attempt, net, wrap):
    handed = []

    def make(old):
        handed.append(type(old).__name__)
        return wrapped(old) if wrap else group_norm(old)

    return places(attempt(net, BatchNorm, make)), sorted(handed)


def places(net):
    """Each place of a net, empty ones too: what stands there, and where that object is met first."""
    first, found = {}, {}
    for path, module in net.named_modules(remove_duplicate=False):
        at = first.setdefault(module, path)
        twice = (
            ", twice" if path in found else ""
        )  # "a.b" on the net itself
        same = f" = {at}" if at != path else ""
        found[path] = told(module) + same + twice
        for name, child in module._modules.items():
            if child is None:
                found[f"{path}.{name}".strip(".")] = "None"
    return found


def told(module):
    size = getattr(module, "num_features", None)
    size = size or getattr(module, "num_channels", "")
    return f"{type(module).__name__}({size})"


@swap.check
def every_place_and_no_other(seen, case):
    got, handed = seen
    before = places(case.net)
    want, olds = {}, []
    for path, text in before.items():
        if not text.startswith("BatchNorm"):
            want[path] = text
            continue
        old = case.net.get_submodule(path)
        if " = " not in text:
            olds.append(type(old).__name__)
        fresh = places(wrapped(old) if case.wrap else group_norm(old))
        same = text.partition(" = ")[1:]
        for below, new in fresh.items():
            want[f"{path}.{below}".strip(".")] = new + "".join(same)
    wrong = [at for at in [*want, *got] if got.get(at) != want.get(at)]
    at = wrong[0] if wrong else ""
    rows = [
        (place or "''", before.get(place, ""), want[place])
        for place in want
    ]
    return [
        equal(
            got.get(at, "missing"),
            want.get(at, "missing"),
            en=f"at '{at}'",
            zh=f"位置 '{at}'",
        ),
        equal(
            handed, sorted(olds), en="handed to make", zh="交给make的模块"
        ),
        table(
            (("place", "位置"), ("before", "替换前"), ("after", "替换后")),
            rows,
            en="Every place",
            zh="所有位置",
        ),
    ]


@swap.answer
def replace(net, kind, make, done=None):
    done = {} if done is None else done  # old module -> what replaced it
    if net in done:
        return done[net]
    if isinstance(net, kind):
        done[net] = make(net)
        return done[net]
    done[net] = net
    for name, child in net._modules.items():
        if child is not None:
            setattr(net, name, replace(child, kind, make, done))
    return net


def nested(case):
    return case.kind in ("deep", "wrap")


def in_two_places(case):
    return case.kind == "shared"


@swap.misconception(
    en="goes through children() only, one level",
    zh="只看 children()，只替换一层",
    on=nested,
    because=(
        "elsewhere it is not depth that misleads",
        "其他情形的难点不在深度",
    ),
)
def one_level(net, kind, make):
    for name, child in net.named_children():
        if isinstance(child, kind):
            setattr(net, name, make(child))
    return net


@swap.misconception(
    en="sets the dotted name on the net itself",
    zh="直接在根网络上 setattr 带点的名称",
    on=nested,
    because=(
        "names with a dot occur in nested nets",
        "嵌套的网络才有带点的名称",
    ),
)
def dotted_name(net, kind, make):
    for name, module in list(net.named_modules()):
        if isinstance(module, kind) and name:
            net._modules[name] = make(module)
    return net


@swap.misconception(
    en="walks named_modules(), which names a shared module only once",
    zh="遍历 named_modules()，而它对共享模块只给一个名称",
    on=in_two_places,
    because=("no other net shares a layer", "其他网络没有共享层"),
)
def first_place_only(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    for path, module in list(net.named_modules()):
        if isinstance(module, kind):
            parent, _, name = path.rpartition(".")
            setattr(net.get_submodule(parent), name, make(module))
    return net


@swap.misconception(
    en="makes a new module for each place, which ends the sharing",
    zh="每处各造一个新模块，共享就断了",
    on=in_two_places,
    because=("no other net shares a layer", "其他网络没有共享层"),
)
def one_each(net, kind, make):
    if isinstance(net, kind):
        return make(net)
    for name, child in net._modules.items():
        if child is not None:
            setattr(net, name, one_each(child, kind, make))
    return net


@swap.misconception(
    en="forgets that the net itself may be of that kind",
    zh="忘了根网络本身也可能就是要替换的类型",
    on=lambda case: case.kind == "root",
    because=("the other nets are containers", "其他网络都是容器"),
)
def never_the_net_itself(net, kind, make):
    return net if isinstance(net, kind) else replace(net, kind, make)


if __name__ == "__main__":
    main()
