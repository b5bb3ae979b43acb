"""What a detector expects of a backbone: a tuple of maps, stages that stay frozen, and sizes that round up."""

import torch
from torch import nn

from quizapp.proof import Case, Claim, equal, main, table

contract = Claim(
    "contract",
    en="A backbone returns one map for each of out_indices; its train() leaves frozen stages in eval mode and returns self",
    zh="backbone按out_indices每级返回一张特征图；train() 让冻结的stage保持eval，并返回self",
)
NAMES = ["stem", "layers.0", "layers.1", "layers.2", "layers.3"]


@contract.cases
def options(rng):
    images = torch.randn(4, 3, 32, 32, device=rng.device)
    for out, frozen, norm_eval in (
        ((1, 2, 3), 1, False),
        ((0, 1, 2, 3), -1, False),
        ((0, 1, 2, 3), 0, True),
        ((2, 3), 2, True),
        ((3,), -1, True),
        ((rng.randint(0, 1), 2), 0, False),
    ):
        label = f"{out}, frozen_stages={frozen}, norm_eval={norm_eval}"
        yield Case(
            label,
            images=images,
            out=out,
            frozen=frozen,
            norm_eval=norm_eval,
        )


@contract.observe
def one_step(backbone, images, out, frozen, norm_eval):
    """What comes out, and which stages a training step moves."""
    net = backbone(
        out_indices=out, frozen_stages=frozen, norm_eval=norm_eval
    ).to(images.device)
    net.eval()
    chained = net.train() is net
    before = {k: v.clone() for k, v in net.state_dict().items()}
    maps = train_once(net, images)
    net.eval()
    return {
        "maps": [tuple(each.shape) for each in listed(net(images))],
        "sequence": isinstance(maps, tuple | list),
        "true": agree(net, images, out),
        "chained": chained,
        "weights": moved(net, before, statistics=False),
        "statistics": moved(net, before, statistics=True),
        "evaluates": not any(each.training for each in net.modules()),
    }


def train_once(net, images):
    maps = net(images)
    sum(each.square().mean() for each in listed(maps)).backward()
    with torch.no_grad():
        for weight in net.parameters():
            if weight.grad is not None:
                weight.sub_(0.1 * weight.grad)
    return maps


def listed(maps):
    return list(maps) if isinstance(maps, tuple | list) else [maps]


def moved(net, before, *, statistics):
    """The stages of which a step has moved the running statistics, or else the weights."""
    changed = [
        name
        for name, value in net.state_dict().items()
        if is_statistic(name) == statistics
        and (value != before[name]).any()
    ]
    return [
        stage
        for stage in NAMES
        if any(name.startswith(f"{stage}.") for name in changed)
    ]


def is_statistic(name):
    return "running" in name or "num_batches" in name


@torch.no_grad()
def agree(net, images, out):
    """Whether the maps are what the stages give, one after the other."""
    x, want = net.stem(images), []
    for place, layer in enumerate(net.layers):
        x = layer(x)
        want += [x] if place in out else []
    got = listed(net(images))
    return len(got) == len(want) and all(map(torch.equal, got, want))


@contract.check
def as_agreed(seen, case):
    # what lies behind the last map is nobody's concern
    used = NAMES[: case.out[-1] + 2]
    live = used[case.frozen + 1 :]
    tracked = [] if case.norm_eval else live
    weights, statistics = (
        [name for name in used if name in seen[kind]]
        for kind in ("weights", "statistics")
    )
    return [
        *as_a_module(seen, case.out),
        equal(
            spoken(weights),
            spoken(live),
            en="weights that move",
            zh="权重有变化的阶段",
        ),
        equal(
            spoken(statistics),
            spoken(tracked),
            en="BN statistics that move",
            zh="BN统计量有变化的阶段",
        ),
        stages(used, weights, statistics),
    ]


def as_a_module(seen, out):
    shapes = [(4, 8 * 2**i, 8 // 2**i, 8 // 2**i) for i in out]
    yield equal(
        seen["maps"], shapes, en="shapes of the maps", zh="特征图的形状"
    )
    for key, en, zh in (
        ("sequence", "a tuple or a list", "是元组或列表"),
        ("true", "maps are the layers' outputs", "特征图就是各层输出"),
        ("chained", "train() returns the module", "train()返回模块自身"),
        ("evaluates", "eval() reaches everything", "eval()对全部生效"),
    ):
        yield equal(seen[key], True, en=en, zh=zh)


def stages(used, weights, statistics):
    return table(
        (
            ("stage", "阶段"),
            ("weights move", "权重变化"),
            ("statistics move", "统计量变化"),
        ),
        [
            (
                name,
                *(
                    "✓" if name in kind else ""
                    for kind in (weights, statistics)
                ),
            )
            for name in used
        ],
        en="After one training step",
        zh="训练一步之后",
    )


def spoken(names):
    return " ".join(names) or "-"


def block(inputs, outputs, stride):
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.SiLU())


@contract.answer
class Backbone(nn.Module):
    def __init__(
        self, out_indices=(0, 1, 2, 3), frozen_stages=-1, norm_eval=False
    ):
        super().__init__()
        self.out_indices, self.norm_eval = out_indices, norm_eval
        widths = [8, 8, 16, 32, 64]
        self.stem = block(3, 8, 4)
        self.layers = nn.ModuleList(
            block(widths[i], widths[i + 1], 1 if i == 0 else 2)
            for i in range(4)
        )
        self.frozen = [self.stem, *self.layers][: frozen_stages + 1]
        self.train()

    def forward(self, x):
        x, maps = self.stem(x), []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in self.out_indices:
                maps.append(x)
        return tuple(maps)

    def train(self, mode=True):
        super().train(mode)
        for stage in self.frozen:
            stage.eval().requires_grad_(False)
        if self.norm_eval:
            for each in self.modules():
                if isinstance(each, nn.BatchNorm2d):
                    each.eval()  # its weight and bias still learn
        return self


def still(case):
    return case.frozen >= 0 or case.norm_eval


@contract.misconception(
    en="returns the last map alone", zh="只返回最后一张特征图"
)
class LastMap(Backbone):
    def forward(self, x):
        return super().forward(x)[-1]


@contract.misconception(
    en="freezes in the constructor, once and for all",
    zh="在构造函数里冻结一次，以为一劳永逸",
    on=still,
    because=("nothing is frozen", "没有需要冻结的部分"),
)
class FrozenOnce(Backbone):
    def train(self, mode=True):
        built, self.built = getattr(self, "built", False), True
        return nn.Module.train(self, mode) if built else super().train(mode)


@contract.misconception(
    en="freezes the weights, but not BN's running statistics",
    zh="只冻结权重，不管BN的滑动统计量",
    on=lambda case: case.frozen >= 0 and not case.norm_eval,
    because=(
        "norm_eval stops them, or nothing is frozen",
        "norm_eval已停住统计量，或没有冻结的部分",
    ),
)
class StatisticsGoOn(Backbone):
    def train(self, mode=True):
        super().train(mode)
        for stage in self.frozen:
            stage.train(mode)
        return self


@contract.misconception(
    en="forgets that train() returns self", zh="忘了train()要返回self"
)
class ReturnsNothing(Backbone):
    def train(self, mode=True):
        super().train(mode)


@contract.misconception(
    en="takes frozen_stages for a number of stages, the stem included",
    zh="把frozen_stages当作冻结的阶段个数（含stem）",
    on=lambda case: case.frozen >= 0,
    because=("nothing is frozen", "没有需要冻结的部分"),
)
class OneStageLess(Backbone):
    def __init__(self, out_indices, frozen_stages, norm_eval):
        fewer = max(frozen_stages, 0) - 1
        super().__init__(out_indices, fewer, norm_eval)


map_size = Claim(
    "map_size",
    en="The map of out_indices i of a ResNet has ⌈h/(4·2ⁱ)⌉ rows: every halving rounds up",
    zh="ResNet中out_indices为i的特征图高为⌈h/(4·2ⁱ)⌉：每次减半都向上取整",
    on="cpu",
)


@map_size.cases
def inputs(rng):
    def draw():
        return {"h": rng.randint(40, 160) * 5, "i": rng.randint(1, 3)}

    for _ in range(4):
        given = map_size.telling(draw)
        yield Case(f"h={given['h']}, i={given['i']}", given=given)


@map_size.truth(rel=0)
def through_the_layers(case):
    """A column of that height, through the strided layers of a ResNet."""
    x = torch.zeros(1, 1, case.given["h"], 8)
    x = nn.functional.conv2d(
        x, torch.zeros(1, 1, 7, 7), stride=2, padding=3
    )
    x = nn.functional.max_pool2d(x, 3, stride=2, padding=1)
    for _ in range(case.given["i"]):
        x = nn.functional.conv2d(
            x, torch.zeros(1, 1, 3, 3), stride=2, padding=1
        )
    return x.shape[2]


@map_size.answer
def rounded_up(h, i):
    return -(-h // (4 * 2**i))


@map_size.misconception(en="rounds down", zh="向下取整")
def rounded_down(h, i):
    return h // (4 * 2**i)


@map_size.misconception(
    en="forgets the pooling of the stem", zh="漏掉stem里的池化"
)
def without_the_pool(h, i):
    return -(-h // (2 * 2**i))


@map_size.misconception(
    en="lets the first layer halve as well", zh="以为第一个layer也减半"
)
def one_halving_more(h, i):
    return -(-h // (8 * 2**i))


if __name__ == "__main__":
    main()
