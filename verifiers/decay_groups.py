"""Parameter groups: weight decay for weight matrices and kernels, none for biases, gains and shifts."""

import torch
from torch import nn

from quizapp.proof import Case, Claim, equal, main, table

groups = Claim(
    "groups",
    en="Weight decay that spares biases and the gains of norms takes two groups, with every parameter in one of them once",
    zh="要让权重衰减放过偏置和归一化层的增益，需要两个参数组，且每个参数恰好出现在其中一组",
    on="cpu",
)

LR = 0.1


class Tied(nn.Module):
    """A small language model: the output layer uses the embedding's matrix."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.norm = nn.LayerNorm(6)
        self.output = nn.Linear(6, 11)
        self.output.weight = self.embedding.weight


class Own(nn.Module):
    """Parameters that belong to no layer, and a layer whose name speaks of biases."""

    def __init__(self):
        super().__init__()
        self.mixing = nn.Parameter(torch.randn(4, 4))
        self.gain = nn.Parameter(torch.ones(4))
        self.unbiased_projection = nn.Linear(4, 3, bias=False)
        self.biased_projection = nn.Linear(4, 3)


def models():
    yield (
        "convolution and BatchNorm",
        "卷积与BatchNorm",
        nn.Sequential(
            nn.Conv2d(3, 4, 3, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 2, 3),
        ),
    )
    yield (
        "linear layers without a norm",
        "没有归一化的全连接层",
        nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1)),
    )
    yield "attention", "注意力", nn.TransformerEncoderLayer(8, 2, 16)
    yield "GRU", "循环网络GRU", nn.GRU(3, 4)
    yield "embedding tied to the output", "嵌入与输出层共享权重", Tied()
    yield "own parameters", "自定义参数", Own()


@groups.cases
def small_models(rng):
    for label, zh, model in models():
        decays = {
            name: parameter.ndim >= 2
            for name, parameter in model.named_parameters()
        }
        yield Case(
            label,
            zh=zh,
            model=model.double(),
            decays=decays,
            wd=rng.rounded(0.1, 0.5),
            norms=any(
                "Norm" in type(each).__name__ for each in model.modules()
            ),
        )


@groups.observe
def one_step_without_gradient(group, model, wd):
    """What is left of each parameter, had an AdamW step no gradient, and how often it is listed."""
    names = {id(each): name for name, each in model.named_parameters()}
    left = dict.fromkeys(names.values(), 1.0)
    times = dict.fromkeys(names.values(), 0)
    for each in group(model, wd):
        # as torch.optim.AdamW reads a group: 0.01 where it says nothing
        decay = each.get("weight_decay", 0.01)
        listed = each["params"]
        for parameter in (
            [listed] if isinstance(listed, torch.Tensor) else listed
        ):
            left[names[id(parameter)]] *= 1 - LR * float(decay)
            times[names[id(parameter)]] += 1
    return left, times


@groups.check
def what_decays(seen, case):
    left, times = seen
    shrunk = {name: round(share, 9) for name, share in left.items()}
    wanted = {
        name: round(1 - LR * case.wd, 9) if decays else 1.0
        for name, decays in case.decays.items()
    }
    wrong = (name for name in wanted if shrunk.get(name) != wanted[name])
    rows = [
        (name, times.get(name), shrunk.get(name), wanted[name])
        for name in wanted
    ]
    return [
        equal(
            listing(name for name in wanted if times.get(name) != 1),
            NONE,
            en="parameters not listed exactly once",
            zh="未恰好出现一次的参数",
        ),
        equal(
            listing(wrong),
            NONE,
            en="parameters decayed by a wrong factor",
            zh="衰减系数不对的参数",
        ),
        table(
            (
                ("parameter", "参数"),
                ("listed", "出现次数"),
                ("left", "剩余比例"),
                ("should be", "应为"),
            ),
            rows[:8],
            en=f"One step without gradient, lr·λ = {LR * case.wd:.3g}",
            zh=f"无梯度的一步之后，lr·λ = {LR * case.wd:.3g}",
        ),
    ]


NONE = "–"


def listing(names):
    return ", ".join(names) or NONE


@groups.answer
def param_groups(model, wd):
    decay, rest = [], []
    for parameter in model.parameters():  # a shared one comes once
        if parameter.ndim >= 2:
            decay.append(parameter)
        else:  # biases, gains and shifts are vectors
            rest.append(parameter)
    return [
        {"params": decay, "weight_decay": wd},
        {"params": rest, "weight_decay": 0.0},
    ]


def split(model, wd, spared):
    """Two groups, by a rule on a parameter's name."""
    named = list(model.named_parameters())
    return [
        {
            "params": [each for name, each in named if not spared(name)],
            "weight_decay": wd,
        },
        {
            "params": [each for name, each in named if spared(name)],
            "weight_decay": 0.0,
        },
    ]


@groups.misconception(
    en="gives λ to the optimiser for all parameters, trusting it to spare the biases",
    zh="把λ直接交给优化器，以为它会自动跳过偏置",
)
def all_in_one(model, wd):
    return [{"params": list(model.parameters()), "weight_decay": wd}]


@groups.misconception(
    en="spares what is called bias, but not the gains of norms, which are called weight",
    zh="只按名字放过bias，忘了归一化层的增益名叫weight",
    on=lambda case: case.label != "linear layers without a norm",
    because=(
        "without a norm every vector is a bias by name",
        "没有归一化层时，所有向量的名字都是bias",
    ),
)
def by_the_end_of_the_name(model, wd):
    return split(model, wd, lambda name: name.endswith("bias"))


@groups.misconception(
    en="looks for the letters bias anywhere in the name",
    zh="名字里只要含有bias就放过",
    on=lambda case: case.norms or case.label == "own parameters",
    because=(
        "elsewhere only biases have it in their names",
        "其他模型只有偏置的名字里含bias",
    ),
)
def by_the_name(model, wd):
    return split(model, wd, lambda name: "bias" in name)


@groups.misconception(
    en="leaves out the vectors' weight_decay, which is then AdamW's 0.01",
    zh="第二组没写weight_decay，于是用了AdamW的默认值0.01",
)
def without_a_zero(model, wd):
    decay, rest = param_groups(model, wd)
    return [decay, {"params": rest["params"]}]


@groups.misconception(
    en="decays the weights of linear layers and convolutions only",
    zh="只衰减Linear和卷积层的权重",
    on=lambda case: case.label in ("attention", "GRU", "own parameters"),
    because=(
        "elsewhere these layers hold all matrices",
        "其他模型的矩阵都在这些层里",
    ),
)
def known_layers_only(model, wd):
    known = nn.Linear, nn.Conv2d, nn.ConvTranspose2d
    weights = {
        id(each.weight): each.weight
        for each in model.modules()
        if isinstance(each, known)
    }
    rest = [each for each in model.parameters() if id(each) not in weights]
    return [
        {"params": list(weights.values()), "weight_decay": wd},
        {"params": rest, "weight_decay": 0.0},
    ]


@groups.misconception(
    en="walks over the modules and lists a shared matrix twice",
    zh="逐个遍历模块，共享的矩阵被列了两次",
    on=lambda case: case.label == "embedding tied to the output",
    because=("elsewhere nothing is shared", "其他模型没有共享参数"),
)
def module_by_module(model, wd):
    own = [
        each
        for module in model.modules()
        for each in module.parameters(recurse=False)
    ]
    return [
        {"params": [p for p in own if p.ndim >= 2], "weight_decay": wd},
        {"params": [p for p in own if p.ndim < 2], "weight_decay": 0.0},
    ]


if __name__ == "__main__":
    main()
