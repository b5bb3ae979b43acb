"""Sequential's forward: one value from layer to layer, no faster than a loop; and a net that needs a loop of its own."""

import torch
from torch import nn

from quizapp.proof import (
    Case,
    Claim,
    close,
    equal,
    faster,
    main,
    note,
    table,
)

one_value = Claim(
    "one_value",
    en="Sequential passes one value on as it is: a tuple stays one argument, and nothing else goes to the layers",
    zh="Sequential在层间只传一个值，原样传递：元组仍是一个参数，也不会给各层传别的参数",
    on="cpu",
)


class First(nn.Module):
    def forward(self, pair):
        return pair[0]


CHAINS = {  # the layers, and how many times x is given
    "Linear → ReLU": (lambda: [nn.Linear(4, 4), nn.ReLU()], 1),
    "no layers": (list, 1),
    "LSTM → Linear": (lambda: [nn.LSTM(4, 4), nn.Linear(4, 2)], 1),
    "LSTM → pair[0] → Linear": (
        lambda: [nn.LSTM(4, 4), First(), nn.Linear(4, 2)],
        1,
    ),
    "Bilinear, given (x, x)": (lambda: [nn.Bilinear(4, 4, 2)], "pair"),
    "Bilinear, given x, x": (lambda: [nn.Bilinear(4, 4, 2)], 2),
}
CHINESE = {
    "no layers": "没有任何层",
    "Bilinear, given (x, x)": "Bilinear，输入元组 (x, x)",
    "Bilinear, given x, x": "Bilinear，输入两个参数 x, x",
    "LSTM → pair[0] → Linear": "LSTM → 取pair[0] → Linear",
}


@one_value.cases
def chains(rng):
    for chain in rng.sample(list(CHAINS), len(CHAINS)):
        x = torch.randn(3, 2, 4)
        yield Case(
            chain, zh=CHINESE.get(chain, f"{chain} 链"), chain=chain, x=x
        )


def outcome(chain, x):
    layers, given = CHAINS[chain]
    inputs = [(x, x)] if given == "pair" else [x] * given
    try:
        nn.Sequential(*layers())(*inputs)
    except TypeError as error:
        return "TypeError", str(error).splitlines()[0]
    return "runs", ""


@one_value.check
def as_torch_runs_it(predict, case):
    told = {chain: outcome(chain, case.x) for chain in CHAINS}
    rows = [(chain, how) for chain, (how, _) in told.items()]
    why = told["LSTM → Linear"][1]
    return [
        equal(
            predict(case.chain),
            told[case.chain][0],
            en="outcome",
            zh="结果",
        ),
        table(
            ("nn.Sequential", ("outcome", "结果")),
            rows,
            en="Chains",
            zh="各种串联",
        ),
        note(f"LSTM → Linear: {why}", f"LSTM → Linear：{why}"),
    ]


@one_value.answer
def if_every_layer_takes_one_value(chain):
    fine = ("Linear → ReLU", "no layers", "LSTM → pair[0] → Linear")
    return "runs" if chain in fine else "TypeError"


def only(*words):
    return {
        "on": lambda case: case.chain in words,
        "because": ("only these are mistaken", "只在这几种情形上出错"),
    }


@one_value.misconception(
    en="of a tuple the next layer gets the first part, the output",
    zh="遇到元组时，下一层拿到的是其中的第一项，即输出",
    **only("LSTM → Linear"),
)
def takes_the_first(chain):
    return (
        "runs"
        if chain.startswith("LSTM")
        else if_every_layer_takes_one_value(chain)
    )


@one_value.misconception(
    en="a tuple is unpacked into arguments",
    zh="元组会被拆成多个参数",
    **only("Bilinear, given (x, x)"),
)
def unpacks(chain):
    return (
        "runs"
        if chain.endswith("(x, x)")
        else if_every_layer_takes_one_value(chain)
    )


@one_value.misconception(
    en="further arguments go to every layer",
    zh="多余的参数会传给每一层",
    **only("Bilinear, given x, x"),
)
def passes_all_on(chain):
    return (
        "runs"
        if chain.endswith("n x, x")
        else if_every_layer_takes_one_value(chain)
    )


@one_value.misconception(
    en="without layers there is nothing to call",
    zh="没有层就无法调用",
    **only("no layers"),
)
def needs_a_layer(chain):
    return (
        "TypeError"
        if chain == "no layers"
        else if_every_layer_takes_one_value(chain)
    )


speed = Claim(
    "speed",
    en="A Sequential takes as long as a loop over a ModuleList: it is that loop",
    zh="Sequential与遍历ModuleList一样快：它的forward就是这个循环",
)


@speed.cases
def stacks(rng):
    layers = [nn.Linear(32, 32, device=rng.device) for _ in range(10)]
    x = torch.randn(rng.randint(8, 16), 32, device=rng.device)
    yield Case(
        "10 linear layers", zh="10个线性层", layers=layers, x=x, rng=rng
    )


@speed.check
def ratios(compare, case):
    chain, loop = nn.Sequential(*case.layers), nn.ModuleList(case.layers)

    def by_chain():
        with torch.no_grad():
            chain(case.x)

    def by_loop():
        with torch.no_grad():
            x = case.x
            for layer in loop:
                x = layer(x)

    # in both directions the ratio is 0.9 to 1.1
    return [
        faster(first, second, at_most, device=case.rng.device, en=en, zh=zh)
        for first, second, at_most, en, zh in (
            (*each, *NAMES[each[0] is by_loop])
            for each in compare(by_loop, by_chain)
        )
    ] + [
        note(
            "Both run the same ten operators; what differs is a Python loop here or there.",
            "两者执行同样的十个算子，区别只是Python循环写在哪里。",
        )
    ]


NAMES = {
    True: ("Sequential / loop", "Sequential / 循环"),
    False: ("loop / Sequential", "循环 / Sequential"),
}


@speed.answer
def no_difference(loop, chain):
    return [(loop, chain, 1.4), (chain, loop, 1.4)]


@speed.misconception(
    en="Sequential is faster: it saves the Python loop or fuses its layers",
    zh="Sequential更快：省掉了Python循环，或者会融合各层",
)
def sequential_is_faster(loop, chain):
    return [(loop, chain, 0.7)]


@speed.misconception(
    en="the loop is faster: it saves Sequential's call",
    zh="循环更快：省掉了Sequential的调用",
)
def the_loop_is_faster(loop, chain):
    return [(chain, loop, 0.7)]


features = Claim(
    "features",
    en="A residual stack that returns every feature needs a loop of its own over registered, distinct layers",
    zh="要返回各层特征的残差堆叠，需要自己写循环，遍历已注册且互不相同的层",
)


@features.cases
def stacks_of_blocks(rng):
    for depth in (3, rng.randint(4, 5), 1, 0):
        width = rng.randint(3, 6)
        kind = {"device": rng.device}
        state = {}
        for i in range(depth):
            weight = torch.randn(width, width, **kind) / width**0.5
            state[f"blocks.{i}.weight"] = weight
            state[f"blocks.{i}.bias"] = torch.randn(width, **kind)
        yield Case(
            f"depth {depth}, width {width}",
            zh=f"深 {depth}，宽 {width}",
            depth=depth,
            width=width,
            state=state,
            x=torch.randn(5, width, **kind),
        )


@features.observe
def run(make, width, depth, state, x):
    """Names of what is registered, features, slopes and the input itself, with the case's weights."""
    net = make(width, depth).to(x.device)
    names = list(net.state_dict())
    net.load_state_dict(state, strict=False)
    given = x.clone()
    seen = list(net(given))
    if seen and seen[-1].requires_grad:
        sum(each.square().sum() for each in seen).backward()
    slopes = [each.grad for each in net.parameters()]
    return names, seen, slopes, given


@features.check
def by_hand(seen, case):
    names, got, slopes, given = seen
    want, true = worked_out(case)
    slope = (
        torch.stack([each.norm() for each in slopes]).norm()
        if slopes
        else 0
    )
    found = [
        equal(sorted(names), sorted(case.state), en="keys", zh="键"),
        equal(len(slopes), len(case.state), en="parameters", zh="参数个数"),
        equal(len(got), case.depth, en="features", zh="特征个数"),
        close(given, case.x, 1e-6, en="the input itself", zh="输入本身"),
        # float32 rounds at 1e-6; the wrong ones are off by 2 % and more
        close(slope, true, 1e-3, en="norm of slopes", zh="梯度范数"),
    ]
    if want and len(got) == len(want):
        found.append(close(torch.stack(got), torch.stack(want), 1e-4))
    return found


def worked_out(case):
    """The features, and the norm of the slopes of the sum of their squares."""
    state = [each.clone().requires_grad_() for each in case.state.values()]
    want, h = [], case.x
    for weight, bias in zip(state[::2], state[1::2], strict=True):
        h = h + torch.relu(h @ weight.T + bias)
        want.append(h)
    if not want:
        return [], 0
    sum(each.square().sum() for each in want).backward()
    return want, torch.stack([each.grad.norm() for each in state]).norm()


@features.answer
class ResMLP(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Linear(width, width) for _ in range(depth)
        )

    def forward(self, x):
        seen = []
        for block in self.blocks:
            x = x + torch.relu(block(x))
            seen.append(x)
        return seen


def has_blocks(case):
    return case.depth > 0


NO_BLOCKS = ("without blocks nothing is wrong", "没有层就不会出错")


@features.misconception(
    en="keeps the layers in a plain list",
    zh="把层放在普通list里",
    on=has_blocks,
    because=NO_BLOCKS,
    raises=(RuntimeError,),  # on a GPU they stay behind on the CPU
)
class PlainList(ResMLP):
    def __init__(self, width, depth):
        nn.Module.__init__(self)
        self.blocks = [nn.Linear(width, width) for _ in range(depth)]


@features.misconception(
    en="repeats one layer: [layer] · depth",
    zh="重复同一层：[layer] * depth",
    on=lambda case: case.depth > 1,
    because=("a single layer has no repetition", "只有一层时没有重复"),
)
class Repeated(ResMLP):
    def __init__(self, width, depth):
        super().__init__(width, 0)
        self.blocks = nn.ModuleList([nn.Linear(width, width)] * depth)


@features.misconception(
    en="adds in place, so that all features are the last one",
    zh="原地相加，所有特征都变成最后一个",
    on=has_blocks,
    because=NO_BLOCKS,
    raises=(RuntimeError,),  # where autograd notices
)
class InPlace(ResMLP):
    def forward(self, x):
        seen = []
        for block in self.blocks:
            x += torch.relu(block(x))
            seen.append(x)
        return seen


@features.misconception(
    en="forgets the skip connection",
    zh="漏掉残差连接",
    on=has_blocks,
    because=NO_BLOCKS,
)
class NoSkip(ResMLP):
    def forward(self, x):
        seen = []
        for block in self.blocks:
            x = torch.relu(block(x))
            seen.append(x)
        return seen


if __name__ == "__main__":
    main()
