"""What waits for what: chains of products that cannot run side by side, and how many layers a stack needs to see all."""

from math import ceil, log, log2

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, curves, equal, main

PRODUCTS = ("MmBackward0", "ConvolutionBackward0")


def longest_chain(y):
    """Of the products behind ``y``, how many lie one behind the other: the longest path through autograd's graph."""
    found, stack = {}, [y.grad_fn]
    while stack:
        node = stack[-1]
        before = [each for each, _ in node.next_functions if each]
        if wait := [each for each in before if each not in found]:
            stack.extend(wait)
            continue
        found[node] = max((found[each] for each in before), default=0)
        found[node] += node.name() in PRODUCTS
        stack.pop()
    return found[y.grad_fn]


chain = Claim(
    "chain",
    en="Whole sequence in hand, an RNN waits for n products in a row, attention for 4, a convolution for 1; "
    "generating waits for 4n",
    zh="已知整个序列时，RNN有n个矩阵乘法必须依次进行，注意力4个，卷积1个；而逐个生成时是4n个",
    on="cpu",
)

WIDTH = 4


def attend(x, w, q=None):
    """Self-attention of width 4; the queries come from ``q``, by default from all of ``x``."""
    q = x if q is None else q
    scores = (q @ w[0]) @ (x @ w[1]).T / WIDTH**0.5
    return scores.softmax(1) @ (x @ w[2]) @ w[3]


def convolve(x, w, dilation=1):
    kernel = torch.stack([w[0], w[1]], 2)
    return F.conv1d(F.pad(x.T, (dilation, 0)), kernel, dilation=dilation).T


def stack_of_convolutions(x, w):
    for i in range(ceil(log2(len(x)))):
        x = convolve(x, w, 2**i)
    return x


def recur(x, w):
    h = torch.zeros(1, WIDTH, dtype=x.dtype)
    for row in x.split(1):
        h = (row @ w[0] + h @ w[1]).tanh()
    return h


def generate(x, w):
    """The first token is given; each output is the next input."""
    rows = x[:1]
    for _ in range(len(x)):
        rows = torch.cat([rows, attend(rows, w, rows[-1:])])
    return rows


KINDS = {
    "attention": ("自注意力", attend),
    "convolution": ("卷积", convolve),
    "dilated stack": ("空洞卷积堆叠", stack_of_convolutions),
    "RNN": ("RNN", recur),
    "generation": ("逐个生成", generate),
}


def chain_of(kind, n):
    x = torch.randn(n, WIDTH, requires_grad=True)
    return longest_chain(KINDS[kind][1](x, torch.randn(4, WIDTH, WIDTH)))


@chain.cases
def sequences(rng):
    for kind, (zh, _) in KINDS.items():
        n = rng.randint(9, 24)
        yield Case(f"{kind}, n = {n}", zh=f"{zh}，n = {n}", kind=kind, n=n)


@chain.check
def along_the_graph(predict, case):
    found = [
        equal(
            predict(case.kind, case.n),
            chain_of(case.kind, case.n),
            en="products one behind the other",
            zh="必须依次进行的矩阵乘法个数",
        )
    ]
    if case.kind == "attention":
        lengths = range(2, 25, 2)
        lines = {
            (kind, zh): [chain_of(kind, n) for n in lengths]
            for kind, (zh, _) in KINDS.items()
        }
        found.append(
            curves(
                lengths,
                lines,
                en="Products one behind the other, by n",
                zh="必须依次进行的矩阵乘法个数，横轴为n",
            )
        )
    return found


@chain.answer
def products_in_a_row(kind, n):
    return {
        "attention": 4,  # q = xW, qKᵀ, times V, times W
        "convolution": 1,
        "dilated stack": ceil(log2(n)),  # kernel 2, dilations 1, 2, 4 …
        "RNN": n,
        "generation": 4 * n,
    }[kind]


def only(kind):
    return lambda case: case.kind == kind


ELSEWHERE = ("it speaks of another layer", "它说的是另一种层")


@chain.misconception(
    en="attention handles one query after the other",
    zh="注意力要逐个处理query",
    on=only("attention"),
    because=ELSEWHERE,
)
def query_by_query(kind, n):
    return 4 * n if kind == "attention" else products_in_a_row(kind, n)


@chain.misconception(
    en="a convolution has to slide: n steps",
    zh="卷积核要一步步滑动，共n步",
    on=only("convolution"),
    because=ELSEWHERE,
)
def slides(kind, n):
    return n if kind == "convolution" else products_in_a_row(kind, n)


@chain.misconception(
    en="on enough cores all steps of an RNN run at once",
    zh="只要核够多，RNN的各时间步可以同时算",
    on=only("RNN"),
    because=ELSEWHERE,
)
def all_steps_at_once(kind, n):
    return 1 if kind == "RNN" else products_in_a_row(kind, n)


@chain.misconception(
    en="a Transformer generates all tokens in parallel",
    zh="Transformer可以并行生成所有token",
    on=only("generation"),
    because=ELSEWHERE,
)
def generates_at_once(kind, n):
    return 4 if kind == "generation" else products_in_a_row(kind, n)


@chain.misconception(
    en="dilation does not shorten the stack: about n layers",
    zh="空洞卷积的层数仍与n成正比",
    on=only("dilated stack"),
    because=ELSEWHERE,
)
def stack_without_dilation(kind, n):
    return n - 1 if kind == "dilated stack" else products_in_a_row(kind, n)


# --- how many layers see the whole sequence ---------------------------------

depth = Claim(
    "depth",
    en="L causal convolutions with kernel k and dilations 1, 2, 4 … see 1 + (k − 1)(2^L − 1) positions",
    zh="L层因果卷积（核长k，膨胀率1、2、4……）的感受野为 1 + (k − 1)(2^L − 1)",
    on="cpu",
)


@depth.cases
def stacks(rng):
    def draw():
        return {"n": 10 * rng.randint(6, 60), "k": rng.choice([3, 4, 5])}

    for _ in range(4):
        given = depth.telling(draw)
        yield Case(f"n = {given['n']}, k = {given['k']}", given=given)


@depth.truth(rel=0)
def until_the_first_position_counts(case):
    """Add layers until the last output has a gradient at the first input. Positive weights: nothing can cancel."""
    n, k = case.given["n"], case.given["k"]
    x = torch.ones(1, 1, n, dtype=torch.float64, requires_grad=True)
    y, layers, weight = x, 0, torch.full((1, 1, k), 1 / k).double()
    while True:
        y = F.pad(y, ((k - 1) * 2**layers, 0))
        y = F.conv1d(y, weight, dilation=2**layers)
        layers += 1
        (slope,) = torch.autograd.grad(y[0, 0, -1], x, retain_graph=True)
        if slope[0, 0, 0] > 0:
            return layers


@depth.answer
def doubling(*, n, k):
    layers = 0
    while 1 + (k - 1) * (2**layers - 1) < n:
        layers += 1
    return layers


@depth.misconception(
    en="forgets the dilations: k − 1 more positions a layer",
    zh="忘了膨胀：每层只多看 k − 1 个位置",
)
def without_dilation(*, n, k):
    return ceil((n - 1) / (k - 1))


@depth.misconception(
    en="lets the field double from 1, whatever the kernel",
    zh="不管核长，以为感受野从1开始逐层翻倍",
)
def doubles_whatever_the_kernel(*, n, k):
    return ceil(log2(n))


@depth.misconception(
    en="takes log_k n, which needs dilations 1, k, k² …",
    zh="取log_k n，而那需要膨胀率1、k、k²……",
)
def powers_of_the_kernel(*, n, k):
    return ceil(log(n) / log(k) - 1e-9)


@depth.misconception(
    en="counts the widest layer only, not the sum over the layers",
    zh="只算最宽的一层，没有逐层累加",
)
def widest_layer(*, n, k):
    return 1 + ceil(log2((n - 1) / (k - 1)))


if __name__ == "__main__":
    main()
