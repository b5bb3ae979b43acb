"""Attention without its n × n matrix in memory: what FlashAttention and its kin save, and what they do not."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, close, faster, main, note, table

WIDTH = 64


def plain(q, k, v):
    return (q @ k.transpose(1, 2) / WIDTH**0.5).softmax(2) @ v


def fused(q, k, v):
    return F.scaled_dot_product_attention(q[None], k[None], v[None])[0]


doubling = Claim(
    "doubling",
    en="With twice the tokens, a fused attention kernel takes 2 times the memory, but still 4 times the time",
    zh="序列长度加倍时，融合注意力内核的显存只增至2倍，但时间仍增至4倍",
)


@doubling.cases
def lengths(rng):
    # On a GPU a short sequence is over before its kernel is launched; on a CPU both lengths are cut into equal blocks.
    big = rng.device.startswith("cuda")
    n = 4096 if big else 16 * rng.randint(20, 23)
    heads = 4 if big else 1
    once, twice = (
        torch.randn(3, heads, size, WIDTH, device=rng.device)
        for size in (n, 2 * n)
    )
    yield Case(
        f"{n} and {2 * n} tokens",
        zh=f"{n} 与 {2 * n} 个token",
        once=once,
        twice=twice,
        device=rng.device,
    )


@doubling.check
def as_measured(predict, case):
    small, large = (
        forward_bytes(fused, x) for x in (case.once, case.twice)
    )
    memory, time = predict()
    rows = [
        (x.shape[2], forward_bytes(plain, x) / 1e6, size / 1e6)
        for x, size in ((case.once, small), (case.twice, large))
    ]
    return [
        # the bytes are linear in n exactly, and 4 is 100 % off
        close(
            memory,
            large / small,
            0.2,
            en="growth of memory, relative error",
            zh="内存增长倍数的相对误差",
        ),
        growth_of_time(case, time),
        # exact, not approximate: float32 rounds at 1e-6
        close(
            fused(*case.once),
            plain(*case.once),
            1e-3,
            en="fused against plain, relative error",
            zh="融合内核与朴素实现的相对误差",
        ),
        table(
            (
                ("tokens", "token数"),
                ("plain", "朴素实现"),
                ("fused", "融合内核"),
            ),
            rows,
            en="MB of the forward pass",
            zh="前向占用的内存（MB）",
        ),
        ON_A_GPU if case.once.is_cuda else ON_A_CPU,
    ]


def growth_of_time(case, predicted):
    """Is the growth nearer to 2 or to 4? Their geometric mean, 2√2, parts the two."""

    def two_short():
        fused(*case.once)
        fused(*case.once)

    def long():
        fused(*case.twice)

    if predicted == 4:
        pair, en, zh = (long, two_short), "2·T(n) / T(2n)", "2·T(n) / T(2n)"
        return faster(
            *pair, 2**-0.5, device=str(case.once.device), en=en, zh=zh
        )
    pair, en, zh = (two_short, long), "T(2n) / 2·T(n)", "T(2n) / 2·T(n)"
    return faster(*pair, 2**0.5, device=str(case.once.device), en=en, zh=zh)


ON_A_GPU = note(
    "On this GPU: the peak of its memory in the forward pass, and time by CUDA events.",
    "此处为GPU：显存为前向过程的峰值，时间用CUDA事件测量。",
)
ON_A_CPU = note(
    "On this CPU: the bytes that autograd keeps for the backward pass, and processor time.",
    "此处为CPU：内存指autograd为反向保存的字节数，时间指处理器时间。",
)


def forward_bytes(run, x):
    """Bytes that the forward pass takes: on a GPU at its peak, on a CPU those that it keeps for the backward pass."""
    leaves = [each.clone().requires_grad_() for each in x]
    if x.is_cuda:
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        kept = run(*leaves)
        return (
            torch.cuda.max_memory_allocated() - before
            if kept.is_cuda
            else 0
        )
    saved = {}
    with torch.autograd.graph.saved_tensors_hooks(
        lambda each: saved.update({each.data_ptr(): each.nbytes}), id
    ):
        run(*leaves)
    return sum(saved.values())


@doubling.answer
def less_memory_same_work():
    return 2, 4  # growth of memory, growth of time


@doubling.misconception(
    en="FlashAttention makes the time linear in n as well",
    zh="FlashAttention把时间也降到了O(n)",
)
def linear_time():
    return 2, 2


@doubling.misconception(
    en="exact attention has to hold the n × n matrix",
    zh="精确的注意力必须存下n × n矩阵",
)
def matrix_is_inevitable():
    return 4, 4


@doubling.misconception(
    en="a fused kernel saves time only: its memory grows as n², its time as n",
    zh="融合内核省的是时间：显存仍按n²增长，时间只按n增长",
)
def time_only():
    return 4, 2


if __name__ == "__main__":
    main()
