"""init_cfg of MMEngine's BaseModule: who writes a weight last."""

import importlib
import logging
import tempfile
from pathlib import Path

import torch
from torch import nn

from quizapp.proof import Case, Claim, equal, main, table

order = Claim(
    "order",
    en="init_weights() writes outside in, and every Pretrained on the way back: the last writer of a weight wins",
    zh="init_weights() 由外到内依次写权重，Pretrained则在返回途中由内到外写；每个权重以最后一次写入为准",
)


in_mmengine = Claim(
    "in_mmengine",
    en="mmengine.model.BaseModule writes its weights in the same order: outside in, Pretrained on the way back",
    zh="mmengine.model.BaseModule 的写入顺序相同：由外到内，Pretrained在返回途中",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)


class BaseModule(nn.Module):
    """As much of mmengine.model.BaseModule as it takes to write weights in its order."""

    def __init__(self, init_cfg=None):
        super().__init__()
        self.init_cfg, self.is_init = init_cfg or [], False


def initialize(module, cfg):
    """Carry out one dict of an init_cfg on everything inside a module."""
    if cfg["type"] == "Pretrained":
        module.load_state_dict(cfg["checkpoint"], strict=False)
        return
    for layer in module.modules():
        if type(layer).__name__ == cfg["layer"]:
            nn.init.constant_(layer.weight, cfg["val"])


def network(kind, cfgs):
    """root(stem, stage(conv, fc, block(conv)), plain(inner(conv))), all weights 0; `plain` is torch's nn.Sequential."""

    def module(name, **children):
        made = kind(init_cfg=cfgs.get(name))
        for key, child in children.items():
            made.add_module(key, child)
        return made

    block = module("block", conv=nn.Conv2d(1, 1, 1))
    layers = {"conv": nn.Conv2d(1, 1, 1), "fc": nn.Linear(1, 1)}
    stage = module("stage", **layers, block=block)
    plain = nn.Sequential(module("inner", conv=nn.Conv2d(1, 1, 1)))
    root = module("root", stem=nn.Conv2d(1, 1, 1), stage=stage, plain=plain)
    for each in root.parameters():
        nn.init.zeros_(each)
    return root


LAYERS = {  # the kind of each layer, and the modules that are asked for it
    "stem": ("Conv2d", ["root"]),
    "stage.conv": ("Conv2d", ["root", "stage"]),
    "stage.fc": ("Linear", ["root", "stage"]),
    "stage.block.conv": ("Conv2d", ["root", "stage", "block"]),
    "plain.0.conv": ("Conv2d", ["root"]),  # nn.Sequential asks nobody
}
PLACES = {"root": "", "stage": "stage.", "block": "stage.block."}


def key_in(place, path):
    """A layer's key in the state dict of the module at `place`."""
    return path.removeprefix(PLACES[place]) + ".weight"


def constant(layer, val):
    return {"type": "Constant", "layer": layer, "val": float(val)}


def pretrained(place, val, *paths):
    """A checkpoint of the module at `place` that holds the weights of some layers."""
    weights = {}
    for path in paths:
        shape = (1, 1) if path.endswith("fc") else (1, 1, 1, 1)
        weights[key_in(place, path)] = torch.full(shape, float(val))
    return {"type": "Pretrained", "checkpoint": weights}


@in_mmengine.cases
@order.cases
def configs(rng):
    a, b, c, d, e, f = rng.sample(range(1, 100), 6)
    conv, fc = constant("Conv2d", a), constant("Linear", b)
    loaded = pretrained("root", c, "stem", "stage.conv")
    own = constant("Conv2d", d)
    yield Case(
        "the root loads, the stage is constant",
        zh="根模块加载权重，stage设为常数",
        cfgs={"root": [conv, fc, loaded], "stage": [own]},
    )
    yield Case(
        "Pretrained first in the list",
        zh="Pretrained写在列表最前",
        cfgs={"root": [loaded, constant("Conv2d", f), conv, fc]},
    )
    yield Case(
        "two constants, the block's and the root's",
        zh="block与根模块各设一个常数",
        cfgs={"root": [conv], "block": [own]},
    )
    yield Case(
        "both the root and the block load",
        zh="根模块与block都加载权重",
        cfgs={
            "root": [pretrained("root", c, "stage.block.conv"), conv],
            "block": [own, pretrained("block", e, "stage.block.conv")],
        },
    )
    yield Case(
        "inside a plain nn.Sequential",
        zh="放在普通nn.Sequential里的模块",
        cfgs={"root": [conv], "inner": [constant("Conv2d", f)]},
    )


@order.observe
def written(write, cfgs):
    """What each layer holds after one call, and the stem after a training step and a second call."""
    kind = type("Module", (BaseModule,), {})
    kind.init_weights = lambda self: write(self, initialize)
    return values_of(network(kind, cfgs))


def values_of(root):
    root.init_weights()
    once = {path: root.get_submodule(path).weight.item() for path in LAYERS}
    nn.init.constant_(root.stem.weight, -1)  # as if trained
    root.init_weights()
    return {**once, "stem, called again": root.stem.weight.item()}


@order.check
def last_writer_wins(got, case):
    told = {path: writers(path, case.cfgs)[-1] for path in LAYERS}
    want = {path: value for path, (value, _) in told.items()}
    want["stem, called again"] = -1.0
    rows = [(path, by, value) for path, (value, by) in told.items()]
    return [
        *(
            equal(
                got[path],
                value,
                en=path,
                zh=path.replace("called again", "再次调用后"),
            )
            for path, value in want.items()
        ),
        table(
            (
                ("layer", "层"),
                ("last writer", "最后写入者"),
                ("weight", "权重"),
            ),
            rows,
            en="Who wrote last",
            zh="最后由谁写入",
        ),
    ]


def writers(path, cfgs):
    """All that is written to a layer, in the order of time: (value, by whom)."""
    kind, owners = LAYERS[path]
    constants = [
        (cfg["val"], f"{owner}: Constant")
        for owner in owners
        for cfg in cfgs.get(owner, [])
        if cfg.get("layer") == kind
    ]
    loads = [
        (cfg["checkpoint"][key].item(), f"{owner}: Pretrained")
        for owner in reversed(owners)
        for cfg in cfgs.get(owner, [])
        if (key := key_in(owner, path)) in cfg.get("checkpoint", {})
    ]
    return [(0.0, "-"), *constants, *loads]


@order.answer
def init_module(self, initialize):
    if self.is_init:
        return
    loads = [c for c in self.init_cfg if c["type"] == "Pretrained"]
    others = [c for c in self.init_cfg if c["type"] != "Pretrained"]
    for cfg in others:
        initialize(self, cfg)
    for child in self.children():
        if hasattr(child, "init_weights"):
            child.init_weights()
    for cfg in loads:  # last, over whatever the children wrote
        initialize(self, cfg)
    self.is_init = True


def loads(case):
    return any(cfg["type"] == "Pretrained" for cfg in case.cfgs["root"])


def listed_first(case):
    return case.cfgs["root"][0]["type"] == "Pretrained"


def two_constants(case):
    return case.label.startswith(("two", "the root"))


def carry_out(self, initialize, *kinds):
    for kind in kinds:
        for cfg in self.init_cfg:
            if cfg["type"] == kind:
                initialize(self, cfg)


def ask(modules):
    for each in modules:
        if hasattr(each, "init_weights") and not each.is_init:
            each.is_init = True
            each.init_weights()


def once(write):
    """Nothing at a second call, nor at any for a module that its parent marked before asking it."""

    def guarded(self, initialize):
        if not getattr(self, "written", False):
            self.written = True
            write(self, initialize)

    guarded.__name__ = write.__name__
    return guarded


@order.misconception(
    en="goes through the list in its order, Pretrained or not",
    zh="严格按列表顺序执行，Pretrained也不例外",
    on=listed_first,
    because=(
        "nothing follows the Pretrained in the root's list",
        "根模块的列表里，Pretrained之后没有别的项",
    ),
)
@once
def list_order(self, initialize):
    for cfg in self.init_cfg:
        initialize(self, cfg)
    ask(self.children())


@order.misconception(
    en="lets a parent's config override its children's",
    zh="让父模块的init_cfg覆盖子模块的",
    on=two_constants,
    because=(
        "elsewhere no two modules set a constant in one layer",
        "其他情形里，没有两个模块给同一层设常数",
    ),
)
@once
def parent_last(self, initialize):
    ask(self.children())
    carry_out(self, initialize, "Constant", "Pretrained")


@order.misconception(
    en="loads a module's checkpoint before its children are asked",
    zh="先加载本模块的权重，再初始化子模块",
    on=lambda case: len(case.cfgs) > 1 and loads(case),
    because=(
        "no child writes where a parent loads",
        "父模块加载的地方，子模块没有写",
    ),
)
@once
def loads_before_the_children(self, initialize):
    carry_out(self, initialize, "Constant", "Pretrained")
    ask(self.children())


@order.misconception(
    en="finds every module inside, in a plain nn.Sequential too",
    zh="会找到内部所有模块，普通nn.Sequential里的也不例外",
    on=lambda case: "inner" in case.cfgs,
    because=("nothing in it has a config", "里面的模块没有init_cfg"),
)
@once
def everything_inside(self, initialize):
    carry_out(self, initialize, "Constant")
    ask(each for each in self.modules() if each is not self)
    carry_out(self, initialize, "Pretrained")


@order.misconception(
    en="writes anew at every call", zh="每次调用都重新写一遍"
)
def writes_again(self, initialize):
    carry_out(self, initialize, "Constant")
    for child in self.children():
        if hasattr(child, "init_weights"):
            child.init_weights()
    carry_out(self, initialize, "Pretrained")


@in_mmengine.check
def as_in_ours(run, case):
    return last_writer_wins(run(case.cfgs), case)


@in_mmengine.answer
def real_base_module(cfgs):
    with tempfile.TemporaryDirectory() as folder:
        return values_of(network(real_kind(), saved(cfgs, Path(folder))))


def real_kind():
    kind = importlib.import_module("mmengine.model").BaseModule
    quiet = importlib.import_module("mmengine.logging").MMLogger
    quiet.get_current_instance().setLevel(logging.CRITICAL)
    return kind


def saved(cfgs, folder):
    """The same configs, with each checkpoint in a file."""
    named = {}
    for owner, listed in cfgs.items():
        named[owner] = [dict(cfg) for cfg in listed]
        for place, cfg in enumerate(named[owner]):
            if cfg["type"] == "Pretrained":
                path = folder / f"{owner}{place}.pth"
                torch.save(cfg["checkpoint"], path)
                cfg["checkpoint"] = str(path)
    return named


@in_mmengine.misconception(
    en="goes through the list in its order, Pretrained or not",
    zh="严格按列表顺序执行，Pretrained也不例外",
    on=listed_first,
    because=(
        "nothing follows the Pretrained in the root's list",
        "根模块的列表里，Pretrained之后没有别的项",
    ),
)
def in_list_order(cfgs):
    return written(list_order, cfgs)


@in_mmengine.misconception(
    en="lets a parent's config override its children's",
    zh="让父模块的init_cfg覆盖子模块的",
    on=two_constants,
    because=(
        "elsewhere no two modules set a constant in one layer",
        "其他情形里，没有两个模块给同一层设常数",
    ),
)
def with_the_parent_last(cfgs):
    return written(parent_last, cfgs)


@in_mmengine.misconception(
    en="finds every module inside, in a plain nn.Sequential too",
    zh="会找到内部所有模块，普通nn.Sequential里的也不例外",
    on=lambda case: "inner" in case.cfgs,
    because=("nothing in it has a config", "里面的模块没有init_cfg"),
)
def with_everything_inside(cfgs):
    return written(everything_inside, cfgs)


if __name__ == "__main__":
    main()
