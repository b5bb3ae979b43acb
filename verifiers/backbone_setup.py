"""A new backbone in a detection framework: what has to be told to whom, and which mistake nobody tells."""

import contextlib
import copy
import importlib
import sys
import tempfile
import types
from pathlib import Path

import torch
from torch import nn

from quizapp.proof import Case, Claim, equal, main, note, table

edits = Claim(
    "edits",
    en="A new backbone takes an import of its file, its type in the config, and the neck's in_channels; the detector stays",
    zh="新增backbone要做三件事：导入它的文件、在配置里写type、改neck的in_channels；检测器代码不动",
)
edits_in_mmengine = Claim(
    "edits_in_mmengine",
    en="With mmengine's Registry and custom_imports it takes the same three edits",
    zh="用mmengine的Registry和custom_imports，同样是这三处修改",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)
SOURCE = """
from torch import nn
from detector import MODELS


@MODELS.register_module()
class NewNet(nn.Module):
    def __init__(self, widths):
        super().__init__()
        widths = [3, *widths]
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(widths, widths[1:])
        )

    def forward(self, x):
        maps = []
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        return tuple(maps)
"""
"""The new file, backbones/new_net.py: importing it registers the class."""


class Registry:
    """As much of mmengine.Registry as it takes to build a detector."""

    def __init__(self, name):
        self.name, self.classes = name, {}

    def register_module(self, module=None):
        def enter(kind):
            self.classes[kind.__name__] = kind
            return kind

        return enter if module is None else enter(module)

    def build(self, cfg):
        given = dict(cfg)
        kind = given.pop("type")
        if kind not in self.classes:
            raise KeyError(f"{kind} is not in the {self.name} registry")
        return self.classes[kind](**given)


class Neck(nn.Module):
    """The lateral convolutions of an FPN, one for each level."""

    def __init__(self, in_channels):
        super().__init__()
        self.lateral = nn.ModuleList(
            nn.Conv2d(c, 8, 1) for c in in_channels
        )

    def forward(self, maps):
        assert len(maps) == len(self.lateral)
        return [conv(x) for conv, x in zip(self.lateral, maps, strict=True)]


def detector(MODELS):
    """The class of the detector, which nobody edits."""

    class Detector(nn.Module):
        def __init__(self, backbone, neck):
            super().__init__()
            self.backbone = MODELS.build(backbone)
            self.neck = MODELS.build(neck)

        def forward(self, images):
            return self.neck(self.backbone(images))

    return Detector


@contextlib.contextmanager
def project(models):
    """A folder backbones/ that Python can import from, with the new file in it; its __init__.py names no file."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "backbones")
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "new_net.py").write_text(SOURCE)
        sys.path.insert(0, folder)
        sys.modules["detector"] = types.ModuleType("detector")
        sys.modules["detector"].MODELS = models
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(folder)
            for name in ("detector", "backbones", "backbones.new_net"):
                sys.modules.pop(name, None)


@edits_in_mmengine.cases
@edits.cases
def widths(rng):
    for levels in (3, 4):
        wide = rng.sample([4, 6, 10, 12, 14, 20], levels)
        yield Case(
            f"{levels} levels, {wide}",
            zh=f"{levels}级，{wide}",
            widths=wide,
            images=torch.randn(2, 3, 32, 32, device=rng.device),
            config={
                "custom_imports": [],
                "model": {
                    "type": "Detector",
                    "backbone": {"type": "ResNet", "depth": 50},
                    "neck": {"type": "Neck", "in_channels": [8, 16, 32]},
                },
            },
        )


@edits.check
def trains(edit, case):
    return outcome(edit, case, Registry("model"), imported)


@edits_in_mmengine.check
def trains_with_mmengine(edit, case):
    registry = importlib.import_module("mmengine.registry").Registry(
        "model"
    )
    read = importlib.import_module("mmengine.utils")
    return outcome(edit, case, registry, read.import_modules_from_strings)


def imported(names):
    for name in names:
        importlib.import_module(name)


def outcome(edit, case, models, read):
    config = edit(copy.deepcopy(case.config), case.widths)
    for kind in (Neck, detector(models)):
        models.register_module(module=kind)
    with project(models):
        said = tried(config, case.images, models, read)
    return [
        equal(
            said,
            "✓",
            en="gradients reach the backbone",
            zh="梯度传到backbone",
        ),
        note(f"{config['model']}", f"{config['model']}"),
    ]


def tried(config, images, models, read):
    try:
        read(config["custom_imports"])
        model = models.build(config["model"]).to(images.device)
        sum(each.square().mean() for each in model(images)).backward()
    except (KeyError, RuntimeError, AssertionError) as error:
        return type(error).__name__
    reached = [
        each.grad is not None for each in model.backbone.parameters()
    ]
    return "✓" if all(reached) else "-"


@edits_in_mmengine.answer
@edits.answer
def three_edits(config, widths):
    config["custom_imports"] = ["backbones.new_net"]
    config["model"]["backbone"] = {"type": "NewNet", "widths": widths}
    config["model"]["neck"]["in_channels"] = widths
    return config


@edits_in_mmengine.misconception(
    en="leaves the file unimported: it lies in the right folder",
    zh="不导入：以为文件放对目录就会被注册",
)
@edits.misconception(
    en="leaves the file unimported: it lies in the right folder",
    zh="不导入：以为文件放对目录就会被注册",
)
def lies_in_the_folder(config, widths):
    return three_edits(config, widths) | {"custom_imports": []}


@edits_in_mmengine.misconception(
    en="imports the package, and expects its files to follow",
    zh="只导入包，以为包里的文件会一并导入",
)
@edits.misconception(
    en="imports the package, and expects its files to follow",
    zh="只导入包，以为包里的文件会一并导入",
)
def imports_the_package(config, widths):
    return three_edits(config, widths) | {"custom_imports": ["backbones"]}


@edits.misconception(
    en="expects the neck to find out its in_channels",
    zh="以为neck会自动推断in_channels",
)
def neck_as_it_was(config, widths):
    old = config["model"]["neck"]["in_channels"]
    config = three_edits(config, widths)
    config["model"]["neck"]["in_channels"] = old
    return config


@edits.misconception(
    en="gives the neck the channels from the deepest map to the first",
    zh="把in_channels按由深到浅的顺序写",
)
def deepest_first(config, widths):
    config = three_edits(config, widths)
    config["model"]["neck"]["in_channels"] = widths[::-1]
    return config


mistakes = Claim(
    "mistakes",
    en="Wrong in_channels or one level too few raise an error at once; wrong anchor strides raise none, and the anchors miss the image",
    zh="in_channels写错或少写一级会立刻报错；anchor的stride写错不报错，但anchor铺不满或超出图像",
)
MISTAKES = ("in_channels", "levels", "strides")


@mistakes.cases
def settings(rng):
    for factor in (0.5, 2):
        wide = rng.sample([4, 6, 10, 12, 14, 20], 3)
        yield Case(
            f"{wide}, strides × {factor}",
            zh=f"{wide}，stride乘以{factor}",
            widths=wide,
            factor=factor,
            images=torch.randn(2, 3, 64, 64, device=rng.device),
        )


@mistakes.check
def as_predicted(predict, case):
    predicted = predict()
    seen = {kind: made(kind, case) for kind in ("-", *MISTAKES)}
    return [
        *(
            equal(
                seen[kind][0] != "-",
                predicted[kind],
                en=f"wrong {kind} raise an error",
                zh=f"{kind}写错会报错",
            )
            for kind in MISTAKES
        ),
        equal(seen["-"], ("-", "64 64 64"), en="all right", zh="全部正确"),
        equal(
            seen["strides"][1],
            " ".join([f"{64 * case.factor:.0f}"] * 3),
            en="anchors reach, with wrong strides",
            zh="stride写错时anchor所及范围",
        ),
        table(
            (
                ("mistake in", "写错的设置"),
                ("error", "报错"),
                ("anchors reach", "anchor所及范围"),
            ),
            [(kind, *found) for kind, found in seen.items()],
            en="One mistake at a time; the image is 64 wide",
            zh="每次只写错一处；图像宽64",
        ),
    ]


def made(mistake, case):
    """The error that a detector with this mistake raises, and how far its anchors reach at each level."""
    channels, strides = list(case.widths), [2, 4, 8]
    if mistake == "in_channels":
        channels[0] += 1
    elif mistake == "levels":
        channels.pop()
    elif mistake == "strides":
        strides = [int(case.factor * each) for each in strides]
    layers = zip([3, *case.widths], case.widths, strict=False)
    x, maps = case.images, []
    for before, after in layers:
        x = nn.Conv2d(before, after, 3, 2, 1).to(x.device)(x)
        maps.append(x)
    try:
        levels = Neck(channels).to(x.device)(maps)
    except (RuntimeError, AssertionError) as error:
        return type(error).__name__, "-"
    reach = [
        level.shape[3] * stride
        for level, stride in zip(levels, strides, strict=True)
    ]
    return "-", " ".join(str(each) for each in reach)


@mistakes.answer
def strides_are_silent():
    return {"in_channels": True, "levels": True, "strides": False}


@mistakes.misconception(
    en="expects an error for each of the three", zh="以为三种错误都会报错"
)
def all_raise():
    return dict.fromkeys(MISTAKES, True)


@mistakes.misconception(
    en="expects the neck to drop a level that it has no convolution for",
    zh="以为neck会丢弃多出来的一级",
)
def levels_are_cut():
    return strides_are_silent() | {"levels": False}


@mistakes.misconception(
    en="expects the neck to adapt to the channels that come",
    zh="以为neck会适应实际的通道数",
)
def channels_are_adapted():
    return strides_are_silent() | {"in_channels": False}


if __name__ == "__main__":
    main()
