"""When MMEngine reads a checkpoint into a module, what it leaves out, and which width its Kaiming goes by."""

import contextlib
import importlib
import io
import logging
import math
import tempfile
from pathlib import Path

import torch
from torch import nn

from quizapp.proof import Case, Claim, close, equal, main, table

pretrained = Claim(
    "pretrained",
    en="Pretrained is carried out by init_weights(), not when the module is built; weights that do not fit are left out",
    zh="Pretrained在调用 init_weights() 时才执行，构造模块时并不执行；对不上的权重直接跳过",
)
pretrained_in_mmengine = Claim(
    "pretrained_in_mmengine",
    en="mmengine.model.BaseModule reads a Pretrained init_cfg in init_weights(), and leaves out what does not fit",
    zh="mmengine.model.BaseModule 在 init_weights() 中读取Pretrained权重，对不上的直接跳过",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)
SHAPES = {"conv1.weight": (4, 3, 3, 3), "conv2.weight": (4, 4, 3, 3)}


class Backbone(nn.Module):
    """Two convolutions with weights of 0, and an init_cfg as in mmengine.model.BaseModule."""

    def __init__(self, init_cfg):
        super().__init__()
        self.init_cfg = init_cfg
        zero_convolutions(self)


def zero_convolutions(module):
    module.conv1 = nn.Conv2d(3, 4, 3, bias=False)
    module.conv2 = nn.Conv2d(4, 4, 3, bias=False)
    for each in module.parameters():
        nn.init.zeros_(each)


def state_of(init_cfg):
    """The weights in a checkpoint: all, or those below `prefix`, without it."""
    state = torch.load(init_cfg["checkpoint"])["state_dict"]
    start = init_cfg.get("prefix", "")
    return {
        key[len(start) :]: value
        for key, value in state.items()
        if key.startswith(start)
    }


@pretrained_in_mmengine.cases
@pretrained.cases
def checkpoints(rng):
    right = {key: torch.randn(shape) for key, shape in SHAPES.items()}
    inside = {f"backbone.{key}": value for key, value in right.items()}
    inside["head.weight"] = torch.randn(2, 4)
    grey = right | {"conv1.weight": torch.randn(4, 1, 3, 3)}
    both, under = "conv1 conv2", "prefix='backbone.'"
    yield case_of("keys and shapes fit", "键名与形状都一致", right, both)
    yield case_of("a detector's keys", "检测器的键名", inside, "-")
    yield case_of(
        f"a detector's keys, {under}",
        f"检测器的键名，{under}",
        inside,
        both,
        prefix="backbone.",
    )
    yield case_of("conv1 of another shape", "conv1形状不同", grey, "conv2")


def case_of(en, zh, weights, want, **options):
    return Case(en, zh=zh, weights=weights, options=options, want=want)


@pretrained_in_mmengine.check
@pretrained.check
def loaded_when_told(kind, case):
    with tempfile.TemporaryDirectory() as folder, silence():
        path = str(Path(folder, "checkpoint.pth"))
        torch.save({"state_dict": case.weights}, path)
        module = kind({"checkpoint": path, **case.options})
        before = loaded(module)
        module.init_weights()
    both = ["__init__()", before], ["init_weights()", loaded(module)]
    return [
        equal(before, "-", en="loaded when built", zh="构造后已加载"),
        equal(
            loaded(module),
            case.want,
            en="loaded by init_weights()",
            zh="init_weights()之后已加载",
        ),
        table(
            (("after", "之后"), ("loaded", "已加载")),
            both,
            en="What the checkpoint has reached",
            zh="权重何时到位",
        ),
    ]


def silence():
    """MMEngine prints where it loads from."""
    return contextlib.redirect_stdout(io.StringIO())


def loaded(module):
    layers = {"conv1": module.conv1, "conv2": module.conv2}
    names = [name for name in layers if layers[name].weight.any()]
    return " ".join(names) or "-"


@pretrained.answer
class LoadsWhenTold(Backbone):
    def init_weights(self):
        own = self.state_dict()
        state = state_of(self.init_cfg)
        fit = {k: v for k, v in state.items() if k in own}
        fit = {k: v for k, v in fit.items() if v.shape == own[k].shape}
        self.load_state_dict(fit, strict=False)


@pretrained_in_mmengine.answer
def real_backbone(init_cfg):
    kind = mmengine_model().BaseModule
    module = kind({"type": "Pretrained", **init_cfg})
    zero_convolutions(module)
    return module


def mmengine_model():
    """mmengine.model, which says nothing below an error."""
    found = importlib.import_module("mmengine.model")
    logs = importlib.import_module("mmengine.logging").MMLogger
    logs.get_current_instance().setLevel(logging.CRITICAL)
    return found


def whole(case):
    return case.want == "conv1 conv2"


@pretrained_in_mmengine.misconception(
    en="loads as soon as the module is built",
    zh="构造模块时就加载",
    on=lambda case: case.want != "-",
    because=("there is nothing that fits", "没有能对上的权重"),
)
@pretrained.misconception(
    en="loads as soon as the module is built",
    zh="构造模块时就加载",
    on=lambda case: case.want != "-",
    because=("there is nothing that fits", "没有能对上的权重"),
)
class LoadsWhenBuilt(LoadsWhenTold):
    def __init__(self, init_cfg):
        super().__init__(init_cfg)
        super().init_weights()

    def init_weights(self):
        pass


@pretrained_in_mmengine.misconception(
    en="raises an error when keys or shapes do not fit",
    zh="键名或形状对不上就报错",
    on=lambda case: not whole(case),
    because=("everything fits", "所有权重都对得上"),
    raises=(RuntimeError,),
)
@pretrained.misconception(
    en="raises an error when keys or shapes do not fit",
    zh="键名或形状对不上就报错",
    on=lambda case: not whole(case),
    because=("everything fits", "所有权重都对得上"),
    raises=(RuntimeError,),
)
class Strict(Backbone):
    def init_weights(self):
        self.load_state_dict(state_of(self.init_cfg))


@pretrained.misconception(
    en="is load_state_dict(strict=False), which raises an error for a shape",
    zh="等同于 load_state_dict(strict=False)，形状不符仍报错",
    on=lambda case: case.label.startswith("conv1"),
    because=("all shapes fit", "形状都一致"),
    raises=(RuntimeError,),
)
class TorchNotStrict(Backbone):
    def init_weights(self):
        self.load_state_dict(state_of(self.init_cfg), strict=False)


@pretrained.misconception(
    en="finds the backbone in a detector's checkpoint by itself",
    zh="会自动在检测器的权重里找到backbone",
    on=lambda case: case.label == "a detector's keys",
    because=("there is nothing to guess", "无需猜测前缀"),
)
class GuessesThePrefix(LoadsWhenTold):
    def init_weights(self):
        self.init_cfg.setdefault("prefix", "")
        if not any(key in state_of(self.init_cfg) for key in SHAPES):
            self.init_cfg["prefix"] = "backbone."
        super().init_weights()


kaiming_std = Claim(
    "kaiming_std",
    en="MMEngine's Kaiming goes by fan_out: a k×k convolution with o outputs gets weights of deviation √(2/(o·k²))",
    zh="MMEngine的Kaiming默认按fan_out：输出通道数为o的k×k卷积，权重标准差为 √(2/(o·k²))",
    on="cpu",
)
FANS = [8, 18, 32, 50, 72, 128, 200, 288, 512]  # 2/fan is a square


@kaiming_std.cases
def convolutions(rng):
    def draw():
        k = rng.choice([1, 3])
        widths = [8, 32, 128, 512] if k == 3 else FANS
        inputs, outputs = rng.sample(widths, 2)
        return {"i": inputs, "o": outputs, "k": k}

    for _ in range(4):
        given = kaiming_std.telling(draw)
        yield Case(
            f"{given['i']} → {given['o']}, {given['k']}×{given['k']}",
            given=given,
        )


@kaiming_std.truth(rel=0.02)
def measured(case):
    """The root mean square of at least 200 000 weights, drawn as mmengine.model.kaiming_init draws them."""
    i, o, k = case.given["i"], case.given["o"], case.given["k"]
    weight, squares, n = torch.empty(o, i, k, k), 0.0, 0
    while n < 200_000:
        nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")
        squares, n = (
            squares + weight.square().sum().item(),
            n + o * i * k * k,
        )
    return math.sqrt(squares / n)


@kaiming_std.answer
def fan_out(i, o, k):
    return math.sqrt(2 / (o * k * k))


@kaiming_std.misconception(
    en="goes by fan_in, PyTorch's default", zh="按fan_in，即PyTorch的默认值"
)
def fan_in(i, o, k):
    return math.sqrt(2 / (i * k * k))


@kaiming_std.misconception(
    en="averages the two fans: Xavier's formula",
    zh="取两个fan的平均：Xavier的公式",
)
def xavier(i, o, k):
    return math.sqrt(2 / ((i + o) * k * k))


@kaiming_std.misconception(
    en="leaves out the 2 for ReLU", zh="漏掉ReLU带来的系数2"
)
def without_the_gain(i, o, k):
    return math.sqrt(1 / (o * k * k))


@kaiming_std.misconception(
    en="takes the variance for the deviation", zh="把方差当作标准差"
)
def variance(i, o, k):
    return 2 / (o * k * k)


defaults_in_mmengine = Claim(
    "defaults_in_mmengine",
    en="In MMEngine dict(type='Kaiming', layer='Conv2d') goes by fan_out, for Conv2d and for classes derived directly from it",
    zh="MMEngine的 dict(type='Kaiming', layer='Conv2d') 按fan_out初始化Conv2d及直接继承它的类",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)


class Conv3x3(nn.Conv2d):
    """Derived from nn.Conv2d."""


class Padded(Conv3x3):
    """Derived from a class derived from nn.Conv2d."""


KINDS = {"Conv2d": nn.Conv2d, "Conv3x3": Conv3x3, "Padded": Padded}


@defaults_in_mmengine.cases
def widths(rng):
    for inputs, outputs in ((16, rng.randint(384, 512)), (128, 32)):
        label = f"{inputs} → {outputs}, 3×3"
        yield Case(label, i=inputs, o=outputs)


@defaults_in_mmengine.check
def as_mmengine_draws(predict, case):
    names, sizes = [*KINDS, "Linear"], (case.i, case.o)
    layers = [kind(*sizes, 3) for kind in KINDS.values()]
    module = mmengine_model().Sequential(
        *layers,
        nn.Linear(*sizes),
        init_cfg=[
            {"type": "Kaiming", "layer": "Conv2d"},
            {"type": "Xavier", "layer": "Linear"},
        ],
    )
    module.init_weights()
    got = [layer.weight.square().mean().sqrt().item() for layer in module]
    want = predict(*sizes)
    return [
        # at least 2000 weights scatter by 1.6 %
        *(
            close(value, want[name], 0.12, en=name, zh=name)
            for name, value in zip(names, got, strict=True)
        ),
        table(
            (("layer", "层"), ("measured", "实测"), ("predicted", "预测")),
            [(n, v, want[n]) for n, v in zip(names, got, strict=True)],
            en="Standard deviation of the weights",
            zh="权重的标准差",
        ),
    ]


@defaults_in_mmengine.answer
def direct_children_too(i, o):
    kaiming, untouched = math.sqrt(2 / (9 * o)), 1 / math.sqrt(3 * 9 * i)
    linear = math.sqrt(2 / (i + o))
    return {
        "Conv2d": kaiming,
        "Conv3x3": kaiming,
        "Padded": untouched,  # as PyTorch's constructor left it
        "Linear": linear,
    }


@defaults_in_mmengine.misconception(
    en="goes by fan_in, PyTorch's default", zh="按fan_in，即PyTorch的默认值"
)
def by_fan_in(i, o):
    kaiming = math.sqrt(2 / (9 * i))
    return direct_children_too(i, o) | {
        "Conv2d": kaiming,
        "Conv3x3": kaiming,
    }


@defaults_in_mmengine.misconception(
    en="reaches whatever is an instance of Conv2d",
    zh="对所有isinstance意义上的Conv2d都生效",
)
def every_instance(i, o):
    found = direct_children_too(i, o)
    return found | {"Padded": found["Conv2d"]}


@defaults_in_mmengine.misconception(
    en="reaches classes of exactly this name", zh="只对类名完全一致的层生效"
)
def exact_name(i, o):
    found = direct_children_too(i, o)
    return found | {"Conv3x3": found["Padded"]}


if __name__ == "__main__":
    main()
