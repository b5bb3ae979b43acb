"""torch.chunk: pieces of ceil(n / k), which may be fewer than the k that were asked for."""

import torch

from quizapp.proof import Case, Claim, equal, heat_map, main, note

chunk_law = Claim(
    "chunk_law",
    en="chunk(x, k) cuts pieces of ceil(n/k) until nothing is left: ceil(n / ceil(n/k)) of them, not always k",
    zh="chunk(x, k) 每块长 ceil(n/k)，切完为止：共 ceil(n / ceil(n/k)) 块，未必是 k 块",
    on="cpu",
)


@chunk_law.cases
def lengths(rng):
    grid = [(n, k) for k in range(1, 21) for n in range(k, k + 41)]
    yield Case("k = 1 … 20, n = k … k + 40", pairs=grid, drawn=True)
    large = [
        (rng.randint(100, 2000), rng.randint(5, 99)) for _ in range(100)
    ]
    yield Case(
        "100 random pairs up to n = 2000",
        zh="100 对随机 (n, k)，n 不超过 2000",
        pairs=large,
        drawn=False,
    )
    yield Case(
        "fewer entries than pieces",
        zh="元素数少于块数",
        pairs=[(n, k) for k in range(3, 12) for n in range(2, k)],
        drawn=False,
    )


@chunk_law.check
def same_sizes(sizes, case):
    real = [
        [len(piece) for piece in torch.empty(n).chunk(k)]
        for n, k in case.pairs
    ]
    wrong = sum(
        list(sizes(n, k)) != want
        for (n, k), want in zip(case.pairs, real, strict=True)
    )
    missing = [
        k - len(want) for (_, k), want in zip(case.pairs, real, strict=True)
    ]
    fewer = sum(count > 0 for count in missing)
    items = [
        equal(
            wrong,
            0,
            en="pairs (n, k) predicted wrongly",
            zh="预测错误的 (n, k) 对数",
        ),
        note(
            f"{fewer} of {len(missing)} pairs give fewer than k pieces",
            f"{len(missing)} 对中有 {fewer} 对得到的块数少于 k",
        ),
    ]
    if case.drawn:
        rows = [
            missing[start : start + 41]
            for start in range(0, len(missing), 41)
        ]
        items.append(
            heat_map(
                rows,
                en="missing pieces, k downwards, n - k across",
                zh="缺少的块数：纵向 k，横向 n - k",
            )
        )
    return items


@chunk_law.answer
def chunk_sizes(n, k):
    size = -(-n // k)  # n / k, rounded up
    return [min(size, n - start) for start in range(0, n, size)]


@chunk_law.misconception(
    en="always k pieces whose sizes differ by one at most (that is tensor_split)",
    zh="总是 k 块，块长最多差 1（那是 tensor_split）",
)
def always_k_pieces(n, k):
    return [len(piece) for piece in torch.arange(n).tensor_split(k)]


@chunk_law.misconception(
    en="k pieces of floor(n/k), the last one takes the rest",
    zh="k 块，每块 floor(n/k)，余数并入最后一块",
)
def rest_in_the_last(n, k):
    return [n // k] * (k - 1) + [n // k + n % k]


@chunk_law.misconception(
    en="k pieces of floor(n/k), and one more for the rest",
    zh="k 块，每块 floor(n/k)，余数再单独成一块",
)
def rest_in_one_more(n, k):
    return [n // k] * k + ([n % k] if n % k else [])


@chunk_law.misconception(
    en="k is the size of each piece (that is split)",
    zh="k 是每块的长度（那是 split）",
)
def pieces_of_size_k(n, k):
    return [len(piece) for piece in torch.arange(n).split(k)]


chunk_count = Claim(
    "chunk_count",
    en="chunk gives ceil(n / ceil(n/k)) pieces",
    zh="chunk 得到 ceil(n / ceil(n/k)) 块",
    on="cpu",
)


@chunk_count.cases
def too_few(rng):
    def draw():
        return {"n": rng.randint(10, 40), "k": rng.randint(4, 12)}

    for _ in range(4):
        given = chunk_count.telling(draw)
        yield Case(f"n = {given['n']}, k = {given['k']}", given=given)


@chunk_count.truth(rel=0)
def pieces(case):
    return len(
        torch.zeros(2, case.given["n"]).chunk(case.given["k"], dim=1)
    )


@chunk_count.answer
def count_by_ceilings(n, k):
    size = -(-n // k)
    return -(-n // size)


@chunk_count.misconception(en="as many as asked for", zh="要几块就有几块")
def as_many_as_asked(n, k):
    return k


@chunk_count.misconception(
    en="k, and one more for the rest", zh="k 块，有余数再加一块"
)
def one_more(n, k):
    return k + (n % k > 0)


@chunk_count.misconception(
    en="k is the size of a piece", zh="k 是每块的长度"
)
def size_of_a_piece(n, k):
    return -(-n // k)


last_chunk = Claim(
    "last_chunk",
    en="The last chunk holds what whole pieces of ceil(n/k) leave over",
    zh="最后一块是按 ceil(n/k) 切完整块之后剩下的部分",
    on="cpu",
)


@last_chunk.cases
def uneven(rng):
    def draw():
        k = rng.randint(3, 8)
        return {"n": rng.randint(2 * k, 6 * k), "k": k}

    for _ in range(4):
        given = last_chunk.telling(draw)
        yield Case(f"n = {given['n']}, k = {given['k']}", given=given)


@last_chunk.truth(rel=0)
def length_of_the_last(case):
    return (
        torch.zeros(2, case.given["n"])
        .chunk(case.given["k"], dim=1)[-1]
        .shape[1]
    )


@last_chunk.answer
def what_is_left(n, k):
    size = -(-n // k)
    return n - size * ((n - 1) // size)


@last_chunk.misconception(
    en="the remainder of n by k", zh="n 除以 k 的余数"
)
def remainder(n, k):
    return n % k


@last_chunk.misconception(en="as long as all others", zh="与其他块同样长")
def as_long_as_the_others(n, k):
    return -(-n // k)


@last_chunk.misconception(
    en="floor(n/k), as tensor_split has it",
    zh="floor(n/k)，与 tensor_split 相同",
)
def rounded_down(n, k):
    return n // k


if __name__ == "__main__":
    main()
