"""What one layer costs: attention, recurrence and convolution in floating-point operations, a multiply-add being two."""

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F  # torch's own name for it
from torch.utils.flop_counter import FlopCounterMode

from quizapp.proof import Case, Claim, curves, equal, main

# --- the layers, spelt out: torch's counter sees every product --------------


def attention(n, d, k, heads):
    x, (wq, wk, wv, wo) = tokens(n, d), torch.empty(4, d, d, device="meta")
    q, key, v = (
        (x @ w).view(n, heads, -1).transpose(0, 1) for w in (wq, wk, wv)
    )
    scores = q @ key.transpose(1, 2) / (d / heads) ** 0.5
    return (scores.softmax(2) @ v).transpose(0, 1).reshape(n, d) @ wo


def recurrence(gates):
    def run(n, d, k, heads):
        x, h = tokens(n, d), tokens(1, d)
        w, u = torch.empty(2, d, gates * d, device="meta")
        for t in range(n):
            h = (x[t : t + 1] @ w + h @ u).tanh()[:, :d]
        return h

    return run


def convolution(n, d, k, heads):
    return nn.Conv1d(d, d, k, padding=k // 2, device="meta")(
        tokens(n, d).T[None]
    )


def separable(n, d, k, heads):
    x = tokens(n, d).T[None]
    each = nn.Conv1d(d, d, k, padding=k // 2, groups=d, device="meta")
    return nn.Conv1d(d, d, 1, device="meta")(each(x))


def tokens(n, d):
    return torch.empty(n, d, device="meta")  # shapes alone: no arithmetic


LAYERS = {
    "attention": ("自注意力", attention),
    "RNN": ("普通RNN", recurrence(1)),
    "LSTM": ("LSTM", recurrence(4)),
    "convolution": ("一维卷积", convolution),
    "separable convolution": ("一维深度可分离卷积", separable),
}


@cache
@torch.no_grad()
def count(run, *sizes):
    with FlopCounterMode(display=False) as counter:
        run(*sizes)
    return counter.get_flop_counts()["Global"]


layers = Claim(
    "layers",
    en="n tokens of width d cost 8nd² + 4n²d FLOPs in self-attention, 4nd² in an RNN, 16nd² in an LSTM, 2knd² in a "
    "convolution",
    zh="n个宽度为d的token：自注意力 8nd² + 4n²d FLOPs，普通RNN 4nd²，LSTM 16nd²，卷积 2knd²",
    on="cpu",
)


@layers.cases
def shapes(rng):
    for layer, (zh, _) in LAYERS.items():
        for _ in range(2):
            heads = rng.choice([2, 4])
            n, d = rng.randint(6, 40), heads * rng.randint(2, 12)
            k = rng.choice([3, 5, 7])
            yield Case(
                f"{layer}, n = {n}, d = {d}, k = {k}, {heads} heads",
                zh=f"{zh}，n = {n}，d = {d}，k = {k}，{heads} 头",
                layer=layer,
                sizes=(n, d, k, heads),
            )


@layers.check
def as_counted(formula, case):
    _, d, k, heads = case.sizes
    _, run = LAYERS[case.layer]
    found = [
        equal(
            formula(case.layer, *case.sizes),
            sum(count(run, *case.sizes).values()),
            en="FLOPs",
            zh="浮点运算次数",
        )
    ]
    if case.layer == "attention":
        found.append(growth(d, k, heads))
    return found


def growth(d, k, heads):
    """FLOPs a token and d², as the sequence grows: only attention depends on n, and it meets the LSTM at n = 2d."""
    lengths = [d * i // 4 for i in range(1, 17)]
    lines = {}
    for name, (zh, run) in LAYERS.items():
        # a layer without an n² term costs each token the same
        one = sum(count(run, 1, d, k, heads).values()) / d**2
        lines[name, zh] = [
            sum(count(run, n, d, k, heads).values()) / n / d**2
            if name == "attention"
            else one
            for n in lengths
        ]
    return curves(
        [n / d for n in lengths],
        lines,
        en="FLOPs a token, over d², by n/d",
        zh="每个token的FLOPs（除以d²），横轴为 n/d",
    )


@layers.answer
def flops(layer, n, d, k, heads):
    return {
        "attention": 8 * n * d**2 + 4 * n**2 * d,
        "RNN": 4 * n * d**2,
        "LSTM": 16 * n * d**2,
        "convolution": 2 * k * n * d**2,
        "separable convolution": 2 * k * n * d + 2 * n * d**2,
    }[layer]


def only(layer):
    return lambda case: case.layer == layer


AGREED = ("the other layers are agreed upon", "其他层没有分歧")


@layers.misconception(
    en="attention costs n²d: the projections are forgotten",
    zh="自注意力只有n²d，忘了四个投影",
    on=only("attention"),
    because=AGREED,
)
def scores_only(layer, n, d, k, heads):
    if layer == "attention":
        return 4 * n**2 * d
    return flops(layer, n, d, k, heads)


@layers.misconception(
    en="every head does the whole n²d, so h heads cost h times as much",
    zh="每个头都要算完整的n²d，h个头就是h倍",
    on=only("attention"),
    because=AGREED,
)
def times_the_heads(layer, n, d, k, heads):
    extra = (heads - 1) * 4 * n**2 * d if layer == "attention" else 0
    return flops(layer, n, d, k, heads) + extra


@layers.misconception(
    en="an LSTM costs what a plain RNN of its width costs",
    zh="LSTM与同宽度的普通RNN计算量相同",
    on=only("LSTM"),
    because=AGREED,
)
def without_gates(layer, n, d, k, heads):
    return flops("RNN" if layer == "LSTM" else layer, n, d, k, heads)


@layers.misconception(
    en="an RNN multiplies by one matrix a step",
    zh="RNN每步只乘一个矩阵",
    on=only("RNN"),
    because=AGREED,
)
def input_matrix_only(layer, n, d, k, heads):
    right = flops(layer, n, d, k, heads)
    return right // 2 if layer == "RNN" else right


@layers.misconception(
    en="a convolution costs k a channel and token, whatever it mixes",
    zh="卷积的计算量是knd，忘了每个输出通道要看所有输入通道",
    on=only("convolution"),
    because=AGREED,
)
def channel_by_channel(layer, n, d, k, heads):
    if layer == "convolution":
        return 2 * k * n * d
    return flops(layer, n, d, k, heads)


# --- where the n² terms take over -------------------------------------------

crossover = Claim(
    "crossover",
    en="In a block with a feed-forward layer r times as wide, the n² products equal all others at n = (2 + r)·d",
    zh="FFN宽度为r倍的Transformer层中，n²项与其余矩阵乘法计算量相等之处是 n = (2 + r)·d",
    on="cpu",
)


@crossover.cases
def blocks(rng):
    def draw():
        heads = rng.choice([4, 8, 16])
        d = heads * rng.choice([16, 24, 32, 64])
        return {"d": d, "ratio": rng.choice([2, 3, 4, 8]), "heads": heads}

    for _ in range(4):
        given = crossover.telling(draw)
        yield Case(
            f"d = {given['d']}, r = {given['ratio']}, h = {given['heads']}",
            given=given,
        )


@crossover.truth(rel=0)
def by_bisection(case):
    """The first n for which the counter finds as much in the products of activations as in those with weights."""
    d, heads, wide = (case.given[name] for name in ("d", "heads", "ratio"))
    low, high = 0, 64 * d
    while high - low > 1:
        middle = (low + high) // 2
        counts = {
            str(op): flops
            for op, flops in count(block, middle, d, wide, heads).items()
        }
        if counts["aten.bmm"] < sum(counts.values()) / 2:
            low = middle
        else:
            high = middle
    return high


def block(n, d, ratio, heads):
    y = attention(n, d, None, heads)
    up, down = torch.empty(2, d, ratio * d, device="meta")
    return F.gelu(y @ up) @ down.T


@crossover.answer
def two_and_the_ratio(*, d, ratio, heads):
    return (2 + ratio) * d  # 4n²d = 8nd² + 4rnd²


@crossover.misconception(
    en="compares n²d with nd²: n = d", zh="只比较n²d与nd²：n = d"
)
def bare_orders(*, d, ratio, heads):
    return d


@crossover.misconception(en="forgets the feed-forward layer", zh="忘了FFN")
def attention_alone(*, d, ratio, heads):
    return 2 * d


@crossover.misconception(
    en="counts QKᵀ, but not the product with V",
    zh="只算QKᵀ，漏了与V相乘",
)
def one_product(*, d, ratio, heads):
    return 2 * (2 + ratio) * d


@crossover.misconception(
    en="counts one matrix of the feed-forward layer", zh="FFN只算一个矩阵"
)
def half_the_feed_forward(*, d, ratio, heads):
    return 2 * d + ratio * d // 2


@crossover.misconception(
    en="lets each head do n²d, not n²d/h",
    zh="以为每个头都要算n²d，而不是n²d/h",
)
def sooner_with_heads(*, d, ratio, heads):
    return (2 + ratio) * d // heads


if __name__ == "__main__":
    main()
