"""What training keeps for each weight, and what autocast halves of it."""

import torch
from torch import nn

from quizapp.proof import Case, Claim, at_least, at_most, main, table

states = Claim(
    "states",
    en="In float32, with or without autocast, each weight takes 4 bytes, its gradient 4, and each of the optimiser's moments 4",
    zh="float32训练时，不论是否开autocast，每个参数占4字节，梯度4字节，优化器的每个矩再各占4字节",
    on="cpu",
)

OPTIMISERS = {  # how to make it, and how many moments it keeps
    "SGD(momentum=0.9)": (
        lambda weights: torch.optim.SGD(weights, lr=0.01, momentum=0.9),
        1,
    ),
    "AdamW": (lambda weights: torch.optim.AdamW(weights, lr=0.01), 2),
}


@states.cases
def models(rng):
    def draw():
        return {
            "layers": rng.randint(2, 5),
            "d": rng.choice([10, 20, 50, 100]),
            "optimiser": rng.choice(list(OPTIMISERS)),
        }

    for _ in range(3):
        given = states.telling(draw)
        yield Case(
            "{layers} layers of {d}², {optimiser}".format(**given),
            zh="{layers} 层 {d}²，{optimiser}".format(**given),
            given=given,
        )


@states.truth(rel=0)
def by_adding_up_the_tensors(case):
    """One step under autocast; then what the weights, their gradients and the optimiser hold, but for its counters."""
    layers, d = case.given["layers"], case.given["d"]
    net = nn.Sequential(
        *(nn.Linear(d, d, bias=False) for _ in range(layers))
    )
    make, _ = OPTIMISERS[case.given["optimiser"]]
    optimiser = make(net.parameters())
    with torch.autocast("cpu", torch.bfloat16):
        loss = net(torch.randn(2, d)).square().mean()
    loss.backward()
    optimiser.step()
    kept = list(net.parameters())
    kept += [weight.grad for weight in net.parameters()]
    for state in optimiser.state.values():
        kept += [each for each in state.values() if each.dim() > 0]
    return sum(each.nbytes for each in kept)


def moments(optimiser):
    return OPTIMISERS[optimiser][1]


@states.answer
def four_bytes_each(layers, d, optimiser):
    return layers * d * d * 4 * (2 + moments(optimiser))


@states.misconception(
    en="autocast halves everything",
    zh="autocast把所有东西都减半",
)
def everything_halved(layers, d, optimiser):
    return layers * d * d * 2 * (2 + moments(optimiser))


@states.misconception(
    en="autocast stores weights and gradients in 2 bytes",
    zh="autocast用2字节存参数和梯度",
)
def weights_and_gradients_halved(layers, d, optimiser):
    return layers * d * d * (2 + 2 + 4 * moments(optimiser))


@states.misconception(en="forgets the gradients", zh="漏了梯度")
def without_gradients(layers, d, optimiser):
    return layers * d * d * 4 * (1 + moments(optimiser))


@states.misconception(
    en="forgets the optimiser's moments", zh="漏了优化器的矩"
)
def without_moments(layers, d, optimiser):
    return layers * d * d * 8


autocast = Claim(
    "autocast",
    en="Autocast halves what is saved for the backward pass where activations prevail; weights, gradients and moments stay "
    "float32, and with a small batch the bfloat16 copies of the weights cost more than is saved",
    zh="激活占主导时，autocast能把为反向保存的内容减半；参数、梯度和矩仍是float32，batch很小时，bfloat16权重副本的开销反而超过节省",
)

SHAPES = {  # batch and width: who prevails
    "activations prevail": ("激活占主导", 4096, 16),
    "weights prevail": ("参数占主导", 4, 256),
}
PARTS = {
    "weights": "参数",
    "gradients": "梯度",
    "saved for backward": "为反向保存",
    "total": "合计",
}


@autocast.cases
def nets(rng):
    layers = rng.randint(3, 5)
    for shape, (zh, batch, width) in SHAPES.items():
        for part, name in PARTS.items():
            yield Case(
                f"{part}, where {shape}",
                zh=f"{name}，{zh}",
                part=part,
                shape=shape,
                layers=layers,
                x=torch.randn(batch, width, device=rng.device),
            )


@autocast.check
def against_float32(predict, case):
    plain, mixed = (bytes_of(case, enabled) for enabled in (False, True))
    ratios = {part: mixed[part] / plain[part] for part in PARTS}
    ratio = ratios[case.part]
    en = f"{case.part}, autocast / float32"
    zh = f"{PARTS[case.part]}：autocast / float32"
    # over all seeds: halved is 0.501 to 0.508, the same exactly 1, more is 1.08 and above
    judged = {
        "half": at_most(
            abs(ratio - 0.5), 0.03, en=f"|{en} − ½|", zh=f"|{zh} − ½|"
        ),
        "same": at_most(
            abs(ratio - 1), 0.01, en=f"|{en} − 1|", zh=f"|{zh} − 1|"
        ),
        "more": at_least(ratio - 1, 0.02, en=f"{en} − 1", zh=f"{zh} − 1"),
    }[predict(case.part, case.shape)]
    return [
        judged,
        table(
            ("", *PARTS.items()),
            [
                ("float32", *plain.values()),
                ("autocast", *mixed.values()),
                ("÷", *ratios.values()),
            ],
            en="Bytes; the total has Adam's two moments in it",
            zh="字节数；合计中含Adam的两个矩",
        ),
    ]


def bytes_of(case, enabled):
    """Bytes after a forward pass under autocast, or without it, and after its backward pass."""
    width, device = case.x.shape[1], case.x.device.type
    blocks = [
        each
        for _ in range(case.layers)
        for each in (nn.Linear(width, width, bias=False), nn.ReLU())
    ]
    net = nn.Sequential(*blocks).to(case.x.device)
    weights = {each.data_ptr(): each.nbytes for each in net.parameters()}
    saved = {}

    def save(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    keep = torch.autograd.graph.saved_tensors_hooks(save, lambda kept: kept)
    with keep, torch.autocast(device, torch.bfloat16, enabled=enabled):
        y = net(case.x)
    y.float().square().mean().backward()
    grads = sum(each.grad.nbytes for each in net.parameters())
    own, kept = sum(weights.values()), sum(saved.values())
    # Adam's two moments are as large as the weights again, in either case
    return {
        "weights": own,
        "gradients": grads,
        "saved for backward": kept,
        "total": own + grads + 2 * own + kept,
    }


@autocast.answer
def what_autocast_changes(part, shape):
    if part in ("weights", "gradients"):
        return "same"
    return "half" if shape == "activations prevail" else "more"


def part_is(*parts):
    return lambda case: case.part in parts


@autocast.misconception(
    en="mixed precision halves the memory of training",
    zh="混合精度让训练显存减半",
    on=lambda case: (
        case.part in ("weights", "gradients")
        or case.shape == "weights prevail"
    ),
    because=(
        "where activations prevail, theirs is halved indeed",
        "激活占主导时，激活确实减半",
    ),
)
def halves_everything(part, shape):
    return "half"


@autocast.misconception(
    en="the weights are stored in bfloat16",
    zh="参数改用bfloat16存储",
    on=part_is("weights"),
    because=("it speaks of the weights", "它只谈参数"),
)
def weights_in_half(part, shape):
    return (
        "half" if part == "weights" else what_autocast_changes(part, shape)
    )


@autocast.misconception(
    en="the gradients are stored in bfloat16",
    zh="梯度改用bfloat16存储",
    on=part_is("gradients"),
    because=("it speaks of the gradients", "它只谈梯度"),
)
def gradients_in_half(part, shape):
    if part == "gradients":
        return "half"
    return what_autocast_changes(part, shape)


@autocast.misconception(
    en="autocast never costs memory",
    zh="开autocast绝不会多占显存",
    on=lambda case: what_autocast_changes(case.part, case.shape) == "more",
    because=("there it costs none indeed", "那里确实没有多占"),
)
def never_more(part, shape):
    said = what_autocast_changes(part, shape)
    return "same" if said == "more" else said


if __name__ == "__main__":
    main()
