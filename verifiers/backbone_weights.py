"""A backbone's weights out of a detector's checkpoint."""

import contextlib
import importlib
import io
import logging
import tempfile
from pathlib import Path

import torch
from torch import nn

from quizapp.proof import Case, Claim, equal, main, table

prefix = Claim(
    "prefix",
    en="Of a detector's checkpoint the backbone takes the keys that start with 'backbone.', with that start cut off, once",
    zh="检测器检查点里属于backbone的部分：键名以 'backbone.' 开头的，去掉一次这个前缀",
)
in_mmengine = Claim(
    "in_mmengine",
    en="init_cfg=dict(type='Pretrained', prefix='backbone.') picks the same weights",
    zh="init_cfg=dict(type='Pretrained', prefix='backbone.') 取出的正是这些权重",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)
PLAIN = ("conv1", "layer1.0.conv1", "layer1.0.bn1", "layer2.norm")
# a wrapper's own part is called backbone too
WRAPPED = ("backbone.conv1", "backbone.blocks.0", "norm")


@in_mmengine.cases
@prefix.cases
def checkpoints(rng):
    for label, zh, layers in (
        ("a ResNet", "ResNet", PLAIN),
        (
            "a wrapper with a part named backbone",
            "内部另有名为backbone的部件",
            WRAPPED,
        ),
    ):
        keys = [
            f"{layer}.{kind}"
            for layer in layers
            for kind in ("weight", "bias")
        ]
        state = {
            f"backbone.{key}": torch.randn(3, device=rng.device)
            for key in keys
        }
        state["neck.conv1.weight"] = torch.randn(3, device=rng.device)
        state["head.backbone.conv1.weight"] = torch.randn(
            3, device=rng.device
        )
        yield Case(label, zh=zh, state=state, keys=keys)


@prefix.observe
def picked(pick, state):
    return dict(pick(state))


@prefix.check
def loads_everything(got, case):
    """What load_state_dict(strict=False) makes of it, in a backbone with the case's keys."""
    right = {
        key
        for key in case.keys
        if key in got
        and torch.equal(got[key], case.state[f"backbone.{key}"])
    }
    other = [key for key in got if key not in case.keys]
    rows = [(key, "✓" if key in right else "-") for key in case.keys]
    return [
        equal(
            f"{len(right)}/{len(case.keys)}",
            f"{len(case.keys)}/{len(case.keys)}",
            en="weights loaded",
            zh="正确加载的权重",
        ),
        equal(len(other), 0, en="keys left over", zh="多余的键"),
        table(
            (
                ("weight of the backbone", "backbone的参数"),
                ("loaded", "已加载"),
            ),
            rows,
            en="With strict=False",
            zh="strict=False时",
        ),
    ]


@prefix.answer
def backbone_state(state):
    start = "backbone."
    return {
        key[len(start) :]: value
        for key, value in state.items()
        if key.startswith(start)
    }


@prefix.misconception(
    en="passes it on as it is: strict=False will sort it out",
    zh="原样传入：以为strict=False会自动处理",
)
def as_it_is(state):
    return state


@prefix.misconception(
    en="uses lstrip, which strips letters, not a word",
    zh="用lstrip，它去掉的是字符而不是整个前缀",
)
def strips_letters(state):
    return {
        key.lstrip("backbone."): value  # noqa: B005
        for key, value in state.items()
        if key.startswith("backbone.")
    }


@prefix.misconception(
    en="replaces 'backbone.' wherever it stands",
    zh="把所有位置的 'backbone.' 都替换掉",
)
def replaces_everywhere(state):
    return {
        key.replace("backbone.", ""): value for key, value in state.items()
    }


@prefix.misconception(
    en="keeps what follows the last 'backbone.'",
    zh="取最后一个 'backbone.' 之后的部分",
)
def after_the_last(state):
    return {
        key.split("backbone.")[-1]: value
        for key, value in state.items()
        if "backbone." in key
    }


@in_mmengine.check
def as_mmengine_loads(pick, case):
    return loads_everything(pick(case.state), case)


@in_mmengine.answer
def real_pretrained(state):
    """What a real BaseModule of these weights holds after init_weights()."""
    logs = importlib.import_module("mmengine.logging").MMLogger
    logs.get_current_instance().setLevel(logging.CRITICAL)
    kind = importlib.import_module("mmengine.model").BaseModule
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "detector.pth"))
        torch.save({"state_dict": state}, path)
        cfg = {"type": "Pretrained", "checkpoint": path}
        module = kind(init_cfg=cfg | {"prefix": "backbone."})
        for key in backbone_state(state):
            grow(module, key)
        # MMEngine prints where it loads from
        with contextlib.redirect_stdout(io.StringIO()):
            module.init_weights()
    return dict(module.state_dict())


def grow(module, key):
    """Give a module a parameter under a dotted key."""
    *path, last = key.split(".")
    for name in path:
        if not hasattr(module, name):
            module.add_module(name, nn.Module())
        module = getattr(module, name)
    module.register_parameter(last, nn.Parameter(torch.zeros(3)))


@in_mmengine.misconception(
    en="loads it as it is, with strict=False",
    zh="原样加载，strict=False",
)
def whole_checkpoint(state):
    return as_it_is(state)


@in_mmengine.misconception(
    en="replaces 'backbone.' wherever it stands",
    zh="把所有位置的 'backbone.' 都替换掉",
)
def replaced_everywhere(state):
    return replaces_everywhere(state)


if __name__ == "__main__":
    main()
