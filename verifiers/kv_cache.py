"""Generating token by token: with its keys and values kept, a new token costs one row of attention and no more."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from quizapp.proof import Case, Claim, at_most, close, curves, main

decode = Claim(
    "decode",
    en="With keys and values kept, each new token is projected once and attends once: n tokens cost 8nd² + 2n(n + 1)d",
    zh="缓存K、V之后，每个新token只做一次投影、一行注意力：n个token共 8nd² + 2n(n + 1)d FLOPs",
)


PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "mv", "addmv", "dot")


class Flops(TorchDispatchMode):
    """Counts the matrix products as torch's own counter does, which takes ten times as long."""

    total = 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        y = op(*args, **(kwargs or {}))
        if op.overloadpacket.__name__ in PRODUCTS:
            self.total += 2 * y.numel() * args[-2].shape[-1]
        return y


@decode.cases
def models(rng):
    for heads in (1, 4):
        n, d = rng.randint(16, 18), 16
        like = {"dtype": torch.float64, "device": rng.device}
        # weights of 1: the scores differ enough for softmax to choose
        weights = {
            name: torch.randn(d, d, **like) / d**0.5 * 1.5
            for name in ("wq", "wk", "wv", "wo")
        }
        yield Case(
            f"{heads} heads, n = {n}" if heads > 1 else f"1 head, n = {n}",
            zh=f"{heads} 头，n = {n}",
            x=torch.randn(2, n, d, **like),
            weights=weights,
            heads=heads,
        )


@decode.observe
def generate(run, x, weights, heads):
    """Two sequences in turn, each with its own cache; the FLOPs of torch's products are counted token by token."""
    caches, totals, rows = ({}, {}), [0], ([], [])
    with Flops() as counter:
        for t in range(x.shape[1]):
            for i, cache in enumerate(caches):
                y = run(x[i, t : t + 1].clone(), weights, heads, cache)
                rows[i].append(y.clone())
            totals.append(counter.total)
    return torch.stack([torch.cat(each) for each in rows]), totals


@decode.check
def as_causal_attention(seen, case):
    got, totals = seen
    n, d = case.x.shape[1:]
    least = 2 * (8 * n * d**2 + 2 * n * (n + 1) * d)
    again = [2 * (8 * t * d**2 + 4 * t**2 * d) for t in range(1, n + 1)]
    return [
        # float64 rounds at 1e-15; a misconception is off by 10 % or more
        close(got, causal(case), 1e-9),
        # with the cache 1.0 exactly; keys and values again 4, all again 7
        at_most(
            totals[-1] / least,
            2,
            en="FLOPs / (8nd² + 2n(n + 1)d)",
            zh="浮点运算次数 / (8nd² + 2n(n + 1)d)",
        ),
        curves(
            range(1, n + 1),
            {
                ("with the cache", "有缓存"): torch.tensor(totals).diff(),
                ("all over again", "全部重算"): again,
            },
            en="FLOPs for each new token",
            zh="每个新token的浮点运算次数",
        ),
    ]


def causal(case):
    """The whole sequence at once, with a mask."""
    x, w, heads = case.x, case.weights, case.heads
    q, k, v = (
        (x @ w[name]).unflatten(2, (heads, -1)).transpose(1, 2)
        for name in ("wq", "wk", "wv")
    )
    scores = q @ k.transpose(2, 3) / q.shape[3] ** 0.5
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    mixed = scores.masked_fill(future, -torch.inf).softmax(3) @ v
    return mixed.transpose(1, 2).flatten(2) @ w["wo"]


@decode.answer
def step(x, weights, heads, cache):
    q, k, v = (x @ weights[name] for name in ("wq", "wk", "wv"))
    if cache:
        k, v = torch.cat([cache["k"], k]), torch.cat([cache["v"], v])
    cache["k"], cache["v"] = k, v
    q, k, v = (
        a.unflatten(1, (heads, -1)).transpose(0, 1) for a in (q, k, v)
    )
    scores = q @ k.transpose(1, 2) / q.shape[2] ** 0.5  # (heads, 1, t)
    mixed = scores.softmax(2) @ v
    return mixed.transpose(0, 1).flatten(1) @ weights["wo"]


def attend(q, k, v, heads):
    """The newest row of attention, for the misconceptions."""
    q, k, v = (
        a.unflatten(1, (heads, -1)).transpose(0, 1) for a in (q, k, v)
    )
    scores = q @ k.transpose(1, 2) / q.shape[2] ** 0.5
    return (scores.softmax(2) @ v).transpose(0, 1).flatten(1)


def remember(cache, **new):
    for name, row in new.items():
        cache[name] = (
            torch.cat([cache[name], row]) if name in cache else row
        )
    return [cache[name] for name in new]


@decode.misconception(
    en="keeps the inputs, and attends from every token anew",
    zh="只存输入，每次对整个前缀重做注意力",
)
def everything_again(x, weights, heads, cache):
    (seen,) = remember(cache, x=x)
    q, k, v = (seen @ weights[name] for name in ("wq", "wk", "wv"))
    q, k, v = (
        a.unflatten(1, (heads, -1)).transpose(0, 1) for a in (q, k, v)
    )
    scores = q @ k.transpose(1, 2) / q.shape[2] ** 0.5
    future = torch.ones_like(scores, dtype=torch.bool).triu(1)
    mixed = scores.masked_fill(future, -torch.inf).softmax(2) @ v
    return (mixed.transpose(0, 1).flatten(1) @ weights["wo"])[-1:]


@decode.misconception(
    en="keeps the inputs: one query, but all keys and values anew",
    zh="只存输入：query只算一个，但K、V全部重新投影",
)
def keys_and_values_again(x, weights, heads, cache):
    (seen,) = remember(cache, x=x)
    k, v = (seen @ weights[name] for name in ("wk", "wv"))
    return attend(x @ weights["wq"], k, v, heads) @ weights["wo"]


@decode.misconception(
    en="lets the new token see only those before it",
    zh="新token只看前面的token，看不到自己",
    raises=(RuntimeError, KeyError),
)
def without_itself(x, weights, heads, cache):
    q, k, v = (x @ weights[name] for name in ("wq", "wk", "wv"))
    before = (cache["k"], cache["v"]) if cache else (k, v)
    remember(cache, k=k, v=v)
    return attend(q, *before, heads) @ weights["wo"]


@decode.misconception(
    en="one head of full width, whatever the number of heads",
    zh="不分头，当作一个头来算",
    on=lambda case: case.heads > 1,
    because=("one head is one head", "本来就只有一个头"),
)
def one_head(x, weights, heads, cache):
    return step(x, weights, 1, cache)


@decode.misconception(
    en="divides by √d, not by √(d/heads)",
    zh="缩放因子用√d，而不是每头宽度的平方根",
    on=lambda case: case.heads > 1,
    because=("for one head they are the same", "只有一个头时两者相同"),
)
def scaled_by_the_model(x, weights, heads, cache):
    q = x @ weights["wq"] / heads**0.5
    k, v = remember(cache, k=x @ weights["wk"], v=x @ weights["wv"])
    return attend(q, k, v, heads) @ weights["wo"]


if __name__ == "__main__":
    main()
