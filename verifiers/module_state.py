"""What counts as a parameter, what state_dict() holds, and how much of it there is."""

import torch
from torch import nn

from quizapp.proof import Case, Claim, equal, main, table

membership = Claim(
    "membership",
    en="state_dict() holds parameters, frozen ones too, and persistent buffers; a plain tensor or list is in nothing",
    zh="state_dict() 含参数（冻结的也算）和持久buffer；普通张量属性、普通list里的层都不算",
    on="cpu",
)

KINDS = {
    "weight": "权重",
    "frozen weight": "冻结的权重",
    "running_mean": "running_mean",
    "buffer": "持久buffer",
    "buffer, persistent=False": "非持久buffer",
    "plain tensor attribute": "普通张量属性",
    "weight in a plain list": "普通list里一层的权重",
}


def net_with(kind):
    """A net that holds something of this kind, and how to get at the tensor."""
    net = nn.Module()
    net.layer, net.norm = nn.Linear(2, 2), nn.BatchNorm1d(2)
    net.layer.weight.requires_grad_(kind != "frozen weight")
    net.register_buffer(
        "mask", torch.rand(2), persistent=not kind.endswith("False")
    )
    net.scale, net.layers = torch.rand(2), [nn.Linear(2, 2)]
    return net, {
        "weight": lambda: net.layer.weight,
        "frozen weight": lambda: net.layer.weight,
        "running_mean": lambda: net.norm.running_mean,
        "buffer": lambda: net.mask,
        "buffer, persistent=False": lambda: net.mask,
        "plain tensor attribute": lambda: net.scale,
        "weight in a plain list": lambda: net.layers[0].weight,
    }[kind]


def facts(kind):
    """Whether parameters() yields it, state_dict() holds it and .to() converts it."""
    net, get = net_with(kind)
    pointers = [value.data_ptr() for value in net.state_dict().values()]
    listed = any(get() is each for each in net.parameters())
    saved = get().data_ptr() in pointers
    net.to(torch.float64)
    return listed, saved, get().dtype == torch.float64


@membership.cases
def kinds(rng):
    for kind, zh in rng.sample(list(KINDS.items()), len(KINDS)):
        yield Case(kind, zh=zh, kind=kind)


@membership.check
def as_a_net_does(predict, case):
    names = {
        "in parameters()": "在 parameters() 中",
        "in state_dict()": "在 state_dict() 中",
        "converted by .to()": "被 .to() 转换",
    }
    pairs = zip(predict(case.kind), facts(case.kind), strict=True)
    head = (
        ("a net's", "网络里的"),
        "parameters()",
        "state_dict()",
        ".to()",
    )
    rows = [(kind, *(told(each) for each in facts(kind))) for kind in KINDS]
    return [
        *(
            equal(told(got), told(want), en=en, zh=zh)
            for (got, want), (en, zh) in zip(
                pairs, names.items(), strict=True
            )
        ),
        table(head, rows, en="Who finds it", zh="谁能找到它"),
    ]


def told(fact):
    return "✓" if fact else "–"


@membership.answer
def as_registered(kind):
    parameter = kind in ("weight", "frozen weight")
    buffer = "buffer" in kind or kind == "running_mean"
    passing = kind == "buffer, persistent=False"
    return (
        parameter,
        (parameter or buffer) and not passing,
        parameter or buffer,
    )


def only(*kinds):
    return {
        "on": lambda case: case.kind in kinds,
        "because": ("only these are mistaken", "只在这几种情形上出错"),
    }


@membership.misconception(
    en="state_dict() holds every parameter and every buffer",
    zh="state_dict() 含全部参数和全部buffer",
    **only("buffer, persistent=False"),
)
def every_buffer(kind):
    parameter, _, moved = as_registered(kind)
    return parameter, moved, moved


@membership.misconception(
    en="a frozen weight is in neither",
    zh="冻结的权重两边都没有",
    **only("frozen weight"),
)
def trained_weights(kind):
    return (False, False, True) if "frozen" in kind else as_registered(kind)


@membership.misconception(
    en="state_dict() holds the weights only, no statistics",
    zh="state_dict() 只有权重，不含统计量",
    **only("running_mean", "buffer"),
)
def weights_only(kind):
    parameter, _, moved = as_registered(kind)
    return parameter, parameter, moved


@membership.misconception(
    en="any tensor that is an attribute is saved",
    zh="任何张量属性都会保存",
    **only("plain tensor attribute"),
)
def any_tensor(kind):
    return (False, True, True) if "plain t" in kind else as_registered(kind)


@membership.misconception(
    en="a layer in a list is found like any other",
    zh="list里的层和别的层一样能找到",
    **only("weight in a plain list"),
)
def lists_too(kind):
    return (True, True, True) if "list" in kind else as_registered(kind)


keys = Claim(
    "keys",
    en="BatchNorm adds five keys to state_dict(), a convolution one or two, an activation none",
    zh="state_dict() 中，BatchNorm占五个键，卷积一到两个，激活函数没有",
    on="cpu",
)


@keys.cases
def stacks(rng):
    def draw():
        return {"plain": rng.randint(2, 9), "normed": rng.randint(2, 9)}

    for _ in range(4):
        given = keys.telling(draw)
        yield Case(f"{given['plain']} + {given['normed']}", given=given)


@keys.truth(rel=0)
def of_a_real_net(case):
    plain, normed = case.given["plain"], case.given["normed"]
    layers = []
    for _ in range(plain):
        layers += [nn.Conv2d(1, 1, 3), nn.ReLU()]
    for _ in range(normed):
        conv = nn.Conv2d(1, 1, 3, bias=False)
        layers += [conv, nn.BatchNorm2d(1), nn.ReLU()]
    return len(nn.Sequential(*layers, nn.Linear(1, 1)).state_dict())


@keys.answer
def six_for_a_normed_block(plain, normed):
    # weight | γ, β, running mean and variance, num_batches_tracked
    return 2 * plain + (1 + 5) * normed + 2


@keys.misconception(
    en="forgets num_batches_tracked", zh="漏掉 num_batches_tracked"
)
def without_the_counter(plain, normed):
    return 2 * plain + (1 + 4) * normed + 2


@keys.misconception(
    en="counts parameters only, no buffers", zh="只数参数，不数buffer"
)
def parameters_only(plain, normed):
    return 2 * plain + (1 + 2) * normed + 2


@keys.misconception(
    en="gives the convolution a bias although it has none",
    zh="给没有偏置的卷积也算了偏置",
)
def always_a_bias(plain, normed):
    return 2 * plain + (2 + 5) * normed + 2


@keys.misconception(
    en="counts a key a layer, ReLU included", zh="一层算一个键，ReLU也算"
)
def one_a_layer(plain, normed):
    return 2 * plain + 3 * normed + 1


tied = Claim(
    "tied",
    en="A tied weight is one parameter with two keys: parameters() yields it once, state_dict() lists it twice",
    zh="共享的权重是一个参数、两个键：parameters() 只给出一次，state_dict() 列出两次",
    on="cpu",
)


@tied.cases
def language_models(rng):
    def draw():
        return {
            "vocab": rng.choice([1000, 2000, 3000, 5000]),
            "width": rng.choice([10, 20, 30, 40, 50]),
        }

    for _ in range(4):
        given = tied.telling(draw)
        yield Case(
            f"{given['vocab']} words, width {given['width']}",
            zh=f"{given['vocab']} 个词，宽 {given['width']}",
            given=given,
        )


@tied.truth(rel=0)
def counted(case):
    net = tied_net(**case.given)
    return sum(each.numel() for each in net.parameters())


def tied_net(vocab, width):
    net = nn.Module()
    net.embed = nn.Embedding(vocab, width)
    net.norm = nn.BatchNorm1d(width)
    net.head = nn.Linear(width, vocab)
    net.head.weight = net.embed.weight
    return net


@tied.answer
def shared_once(vocab, width):
    return vocab * width + vocab + 2 * width


@tied.misconception(
    en="counts the tied weight twice", zh="共享的权重算了两次"
)
def shared_twice(vocab, width):
    return 2 * vocab * width + vocab + 2 * width


@tied.misconception(
    en="counts what state_dict() holds: the tied weight twice, and buffers",
    zh="数的是 state_dict()：共享权重两次，还有buffer",
)
def whole_state(vocab, width):
    return 2 * vocab * width + vocab + 4 * width + 1


@tied.misconception(
    en="counts the running statistics too", zh="把滑动统计量也算进去"
)
def with_buffers(vocab, width):
    return vocab * width + vocab + 4 * width


@tied.misconception(
    en="takes the head for tied altogether, bias too",
    zh="以为整个输出层都共享，连偏置也不算",
)
def without_the_bias(vocab, width):
    return vocab * width + 2 * width


if __name__ == "__main__":
    main()
