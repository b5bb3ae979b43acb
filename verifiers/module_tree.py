"""What children() and modules() visit, and in which order."""
# ruff: noqa: SLF001  # the walks are rebuilt from what torch keeps, _modules

import itertools

from torch import nn

from quizapp.proof import Case, Claim, equal, main, table


def net_with_everything(rng):
    """All that a walk may meet: containers, a layer in two places, an empty slot and a module in a plain list."""
    shared = nn.Linear(2, 2)
    net = nn.Module()
    parts = {
        "stem": nn.Sequential(nn.Linear(2, 2), nn.ReLU()),
        "blocks": nn.ModuleList(
            nn.Sequential(nn.Linear(2, 2), nn.Tanh(), shared)
            for _ in range(rng.randint(2, 3))
        ),
        "heads": nn.ModuleDict(
            {"box": nn.Linear(2, 4), "mask": nn.Sequential(nn.Linear(2, 1))}
        ),
        "norm": nn.LayerNorm(2),
        "first": shared,
        "again": shared,
        "skip": None,
    }
    for name in rng.sample(list(parts), len(parts)):
        net.register_module(name, parts[name])
    net.spare = [nn.Linear(2, 2)]
    return net


def same_pairs(got, want):
    """Two lists of names and modules agree: judged by the first entry that differs."""
    pairs = list(
        itertools.zip_longest(got, want, fillvalue=("(end)", None))
    )
    names = [(told(mine), told(theirs)) for (mine, _), (theirs, _) in pairs]
    at = next(
        (i for i, (mine, theirs) in enumerate(names) if mine != theirs), 0
    )
    same = sum(mine is theirs for (_, mine), (_, theirs) in pairs)
    return [
        equal(*names[at], en=f"entry {at}", zh=f"第 {at} 项"),
        equal(
            same,
            len(want),
            en="entries that are the very object",
            zh="对象完全相同的条目数",
        ),
    ]


def told(name):
    return name or "''"


walk = Claim(
    "walk",
    en="modules() walks depth first, parent before children; the net itself comes first and each object once",
    zh="modules() 按深度优先、先父后子遍历：第一个是网络自身，同一对象只出现一次",
    on="cpu",
)


@walk.cases
def nets(rng):
    for number in (1, 2, 3):
        yield Case(
            f"random net {number}",
            zh=f"第 {number} 个随机网络",
            net=net_with_everything(rng),
        )


@walk.check
def as_named_modules(visit, case):
    want = list(case.net.named_modules())
    rows = [(told(name), type(module).__name__) for name, module in want]
    return [
        *same_pairs(visit(case.net), want),
        table(
            (("name", "名称"), ("type", "类型")),
            rows,
            en="named_modules(), in order",
            zh="named_modules() 依次给出",
        ),
    ]


@walk.answer
def parent_first(module, path="", seen=None):
    seen = set() if seen is None else seen
    if module is None or module in seen:
        return []
    seen.add(module)
    found = [(path, module)]
    for name, child in module._modules.items():
        found += parent_first(child, f"{path}.{name}".strip("."), seen)
    return found


@walk.misconception(
    en="goes level by level, from shallow to deep",
    zh="由浅入深，一层一层地遍历",
)
def level_by_level(net):
    return sorted(parent_first(net), key=lambda pair: depth(pair[0]))


def depth(path):
    return len(path.split(".")) if path else 0


@walk.misconception(
    en="visits the children before their parent, as apply() does",
    zh="先子后父，像 apply() 那样",
)
def children_first(module, path="", seen=None):
    seen = set() if seen is None else seen
    found = []
    for name, child in module._modules.items():
        if child is not None and child not in seen:
            inner = f"{path}.{name}".strip(".")
            found += children_first(child, inner, seen)
    seen.add(module)
    return [*found, (path, module)]


@walk.misconception(en="leaves out the net itself", zh="不包括网络自身")
def without_itself(net):
    return parent_first(net)[1:]


@walk.misconception(
    en="yields layers only, no containers", zh="只给出具体的层，不含容器"
)
def layers_only(net):
    return [pair for pair in parent_first(net) if not pair[1]._modules]


@walk.misconception(
    en="lists a shared module once for each of its places",
    zh="共享模块出现在几处就列几次",
)
def every_place(net):
    return list(net.named_modules(remove_duplicate=False))


@walk.misconception(
    en="finds modules in plain lists too", zh="普通 list 里的模块也能找到"
)
def plain_lists_too(net):
    spare = [(f"spare.{i}", each) for i, each in enumerate(net.spare)]
    return parent_first(net) + spare


direct = Claim(
    "direct",
    en="children() yields the direct sub-modules, of whatever type, each object once",
    zh="children() 给出直接子模块，类型不限，同一对象只出现一次",
    on="cpu",
)


@direct.cases
def as_before(rng):
    yield from nets(rng)


@direct.check
def as_named_children(visit, case):
    want = list(case.net.named_children())
    assert [module for _, module in want] == list(case.net.children())
    rows = [(name, type(module).__name__) for name, module in want]
    return [
        *same_pairs(visit(case.net), want),
        table(
            (("name", "名称"), ("type", "类型")),
            rows,
            en="named_children(), in order",
            zh="named_children() 依次给出",
        ),
    ]


@direct.answer
def one_level(net):
    pairs = {}
    for name, module in net._modules.items():
        if module is not None and module not in pairs.values():
            pairs[name] = module
    return list(pairs.items())


@direct.misconception(
    en="every child is a Sequential", zh="每个元素都是 Sequential"
)
def sequentials(net):
    return [
        (name, module)
        for name, module in one_level(net)
        if isinstance(module, nn.Sequential)
    ]


@direct.misconception(
    en="all modules below the net, at any depth",
    zh="网络之下任意深度的全部模块",
)
def whole_subtree(net):
    return parent_first(net)[1:]


@direct.misconception(
    en="all layers, with the containers opened",
    zh="把容器拆开后的所有层",
)
def layers_below(net):
    return layers_only(net)


@direct.misconception(
    en="the net itself and its direct sub-modules", zh="自身加上直接子模块"
)
def itself_and_one_level(net):
    return [("", net), *one_level(net)]


@direct.misconception(
    en="an entry for each attribute, though two hold the same layer",
    zh="每个属性一项，哪怕两个属性是同一层",
)
def every_attribute(net):
    return [pair for pair in net._modules.items() if pair[1] is not None]


if __name__ == "__main__":
    main()
