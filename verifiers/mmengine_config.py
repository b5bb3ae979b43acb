"""Config inheritance in MMEngine: what a child config changes of its base, and what it does not."""

import importlib
import pprint
import tempfile
from pathlib import Path

from quizapp.proof import Case, Claim, equal, main, table

inherit = Claim(
    "inherit",
    en="A child config is merged into its base: dicts key by key and at every depth, anything else replaced; _delete_ drops the base's dict",
    zh="子配置按键逐层并入基础配置：字典递归合并，其他值整体替换；_delete_ 丢弃基础配置中的整个字典",
    on="cpu",
)
in_mmengine = Claim(
    "in_mmengine",
    en="mmengine.Config.fromfile merges a file into its _base_ in this way",
    zh="mmengine.Config.fromfile 正是这样把文件并入其 _base_ 的",
    requires=("mmengine",),
    on="cpu",
)


@in_mmengine.cases
@inherit.cases
def configs(rng):
    lr, momentum, depth = (
        rng.rounded(0.01, 0.2, 4),
        rng.rounded(0.8, 0.95, 3),
        rng.choice([18, 34, 101]),
    )
    sgd = {"type": "SGD", "lr": lr, "momentum": momentum}
    adam = {"type": "Adam", "lr": round(lr / 10, 6)}
    resnet = {"type": "ResNet", "depth": 50, "stages": [1, 2, 3]}
    model = {"backbone": resnet, "neck": {"type": "FPN", "outs": 5}}
    steps = [{"type": "Load"}, {"type": "Flip", "prob": 0.5}]
    for en, zh, base, child, want in (
        (
            "another type",
            "换type",
            {"optimizer": sgd},
            {"optimizer": adam},
            {"optimizer": adam | {"momentum": momentum}},
        ),
        (
            "another learning rate",
            "只改学习率",
            {"optimizer": sgd, "epochs": 12},
            {"optimizer": {"lr": lr / 2}},
            {"optimizer": sgd | {"lr": lr / 2}, "epochs": 12},
        ),
        (
            "another type, _delete_",
            "换type，加_delete_",
            {"optimizer": sgd},
            {"optimizer": {"_delete_": True, **adam}},
            {"optimizer": adam},
        ),
        (
            "two levels down",
            "改第二层的键",
            {"model": model},
            {"model": {"backbone": {"depth": depth}}},
            {"model": model | {"backbone": resnet | {"depth": depth}}},
        ),
        (
            "_delete_ two levels down",
            "在第二层用_delete_",
            {"model": model},
            {"model": {"backbone": {"_delete_": True, "type": "Mine"}}},
            {"model": model | {"backbone": {"type": "Mine"}}},
        ),
        (
            "_delete_ where nothing is inherited",
            "没有可继承的字典，却写_delete_",
            {"optimizer": sgd},
            {"hook": {"_delete_": True, "type": "Ema"}},
            {
                "optimizer": sgd,
                "hook": {"_delete_": True, "type": "Ema"},
            },
        ),
        (
            "a shorter list",
            "更短的列表",
            {"pipeline": steps, "epochs": 12},
            {"pipeline": steps[:1]},
            {"pipeline": steps[:1], "epochs": 12},
        ),
        (
            "a key of its own, and None",
            "新键，以及None",
            {"optimizer": sgd, "resume": {"from": "a.pth"}},
            {"resume": None, "seed": depth},
            {"optimizer": sgd, "resume": None, "seed": depth},
        ),
    ):
        yield Case(en, zh=zh, base=base, child=child, want=want)


@inherit.observe
def merged(combine, base, child):
    return combine(base, child)


@inherit.check
def as_wanted(got, case):
    return [
        equal(written(got), written(case.want), en="merged", zh="合并结果"),
        table(
            (
                ("key", "键"),
                ("base", "基础"),
                ("child", "子配置"),
                ("merged", "合并后"),
            ),
            side_by_side(case.base, case.child, case.want),
            en="Key by key",
            zh="逐键对照",
        ),
    ]


def side_by_side(*configs):
    flat = [dict(leaves(config)) for config in configs]
    keys = dict.fromkeys(key for each in flat for key in each)
    return [(key, *(each.get(key, "") for each in flat)) for key in keys]


def leaves(config, path=""):
    for key, value in config.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield path + key, value


def written(config):
    """A config as text, with sorted keys."""
    return pprint.pformat(config, width=1000)


@inherit.answer
def merge(base, child):
    out = dict(base)
    for key, value in child.items():
        inherits = isinstance(value, dict) and key in out
        out[key] = updated(out[key], value) if inherits else value
    return out  # a list is a value too: replaced, not joined


def updated(old, new):
    new = dict(new)
    if new.pop("_delete_", False):
        return new
    if not isinstance(old, dict):
        raise TypeError("a dict cannot inherit from another kind of value")
    return merge(old, new)


@in_mmengine.check
def as_in_ours(run, case):
    return as_wanted(run(case.base, case.child), case)


@in_mmengine.answer
def from_files(base, child):
    config = importlib.import_module("mmengine.config").Config
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "base.py"), base)
        path = Path(folder, "child.py")
        write(path, {"_base_": ["base.py"], **child})
        return config.fromfile(str(path)).to_dict()


def write(path, config):
    lines = [f"{key} = {value!r}" for key, value in config.items()]
    path.write_text("\n".join(lines) + "\n")


def deeper(case):
    """Whether the child names a dict that the base holds too."""
    return case.label.startswith(("another", "two", "_delete_ two"))


@in_mmengine.misconception(
    en="replaces the whole value under a key",
    zh="同名键的值整体替换",
    on=deeper,
    because=("no inherited dict is touched", "没有改动继承来的字典"),
)
@inherit.misconception(
    en="replaces the whole value under a key",
    zh="同名键的值整体替换",
    on=deeper,
    because=("no inherited dict is touched", "没有改动继承来的字典"),
)
def replaces_dicts(base, child):
    return base | child


@in_mmengine.misconception(
    en="starts afresh where the type changes",
    zh="type一变，就丢弃原来的参数",
    on=lambda case: case.label == "another type",
    because=(
        "the type stays, or is deleted anyway",
        "type没变，或本来就要删除",
    ),
)
@inherit.misconception(
    en="starts afresh where the type changes",
    zh="type一变，就丢弃原来的参数",
    on=lambda case: case.label == "another type",
    because=(
        "the type stays, or is deleted anyway",
        "type没变，或本来就要删除",
    ),
)
def new_type_new_arguments(base, child):
    marked = {}
    for key, value in child.items():
        old = base.get(key)
        changed = (
            isinstance(value, dict)
            and isinstance(old, dict)
            and value.get("type", old.get("type")) != old.get("type")
        )
        marked[key] = value | {"_delete_": True} if changed else value
    return merge(base, marked)


@inherit.misconception(
    en="appends lists to the base's",
    zh="把列表接在基础配置的列表之后",
    on=lambda case: "pipeline" in case.child,
    because=("there is no list", "没有列表"),
)
def appends_lists(base, child):
    joined = {
        key: base[key] + value if isinstance(value, list) else value
        for key, value in child.items()
    }
    return merge(base, joined)


@inherit.misconception(
    en="lets _delete_ remove the key from the result",
    zh="把_delete_理解为从结果中删掉这个键",
    on=lambda case: "_delete_" in str(case.child),
    because=("nothing is deleted", "没有删除操作"),
)
def removes_the_key(base, child):
    out = dict(base)
    for key, value in child.items():
        if not isinstance(value, dict):
            out[key] = value
        elif value.get("_delete_"):
            out.pop(key, None)
        else:
            old = out.get(key)
            out[key] = removes_the_key(
                old if isinstance(old, dict) else {}, value
            )
    return out


if __name__ == "__main__":
    main()
