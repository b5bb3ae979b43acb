"""Concat elimination: branches that write side by side need no concatenation afterwards."""

import torch

from quizapp.proof import (
    Case,
    Claim,
    at_most,
    close,
    main,
    replay,
    table,
    trace,
)

# --- in_place: every branch writes where the concat would have put it --------------------------

in_place = Claim(
    "in_place",
    en="Branches that write into slices of one buffer give the concatenation without copying anything",
    zh="各分支直接写进同一块缓冲区的切片，结果就是拼接，而且一次拷贝都不需要",
)


@in_place.cases
def branches(rng):
    for widths in ((8, 8, 8), (4, 12, 6), (16, 5), (3, 7, 2, 9)):
        shape = {"dtype": torch.float64, "device": rng.device}
        weights, fresh = (
            [torch.randn(width, 12, **shape) for width in widths]
            for _ in range(2)
        )
        x, fresh_x = torch.randn(2, 12, 20 * 20, **shape)
        yield Case(
            f"widths {', '.join(map(str, widths))}",
            zh=f"分支宽度 {'、'.join(map(str, widths))}",
            weights=weights,
            x=x,
            fresh=(fresh_x, *fresh),
        )


@in_place.observe
def trace_it(gather, weights, x):
    return trace(lambda x, *weights: gather(list(weights), x), x, *weights)


@in_place.check
@torch.no_grad()
def no_copy_same_result(program, case):
    x, *weights = case.fresh
    want = torch.cat([weight @ x for weight in weights])
    got, operators = replay(program, *case.fresh)
    real = [each for each in operators if not each.view]
    moved = [each for each in real if each.name not in PRODUCTS + BUFFERS]
    # a concat or a copy into slices writes the whole result once more: 1.0; the branches alone: 0
    return [
        close(got, want, 1e-12),
        at_most(
            sum(each.elements for each in moved) / want.numel(),
            0.1,
            en="copied / size of the result",
            zh="拷贝量 / 结果大小",
        ),
        table(
            [("operator", "算子")],
            [(each.name,) for each in real],
            en="what ran",
            zh="实际执行",
        ),
    ]


# views move nothing, empty buffers hold nothing
PRODUCTS = (
    "mm",
    "bmm",
    "addmm",
    "addmm_",
    "baddbmm",
    "baddbmm_",
    "mv",
    "addmv",
)
BUFFERS = (
    "empty",
    "new_empty",
    "zeros",
    "new_zeros",
    "zero_",
    "fill_",
    "detach",
)


@in_place.answer
def write_side_by_side(weights, x):
    buffer = x.new_empty(sum(len(weight) for weight in weights), x.shape[1])
    start = 0
    for weight in weights:
        stop = start + len(weight)
        torch.mm(weight, x, out=buffer[start:stop])
        start = stop
    return buffer


@in_place.misconception(
    en="a concat of finished branches is free",
    zh="各分支算完再拼接是不花代价的",
)
def concatenates_afterwards(weights, x):
    return torch.cat([torch.mm(weight, x) for weight in weights])


@in_place.misconception(
    en="assigning finished branches to slices of a buffer copies nothing",
    zh="把算好的分支赋值给缓冲区切片不算拷贝",
)
def assigns_to_slices(weights, x):
    buffer = x.new_empty(sum(len(weight) for weight in weights), x.shape[1])
    start = 0
    for weight in weights:
        buffer[start : start + len(weight)] = torch.mm(weight, x)
        start += len(weight)
    return buffer


@in_place.misconception(
    en="starts each further branch one row too early",
    zh="后面的分支都提前一行写入",
)
def starts_one_row_early(weights, x):
    buffer = x.new_zeros(sum(len(weight) for weight in weights), x.shape[1])
    start = 0
    for weight in weights:
        torch.mm(weight, x, out=buffer[start : start + len(weight)])
        start += len(weight) - 1
    return buffer


@in_place.misconception(
    en="adds the branches up in one buffer", zh="把各分支累加到同一块缓冲区"
)
def writes_in_the_same_place(weights, x):
    buffer = x.new_zeros(sum(len(weight) for weight in weights), x.shape[1])
    for weight in weights:
        buffer[: len(weight)] += torch.mm(weight, x)
    return buffer


# --- saved: bytes ------------------------------------------------------------------------------

saved = Claim(
    "saved",
    en="Eliminating a concat saves one read and one write of all its inputs",
    zh="消除concat能省下对其全部输入的一次读和一次写",
    on="cpu",
)


@saved.cases
def concats(rng):
    for _ in range(4):
        batch, side = rng.choice([1, 2, 4, 8]), rng.choice([10, 20, 30])
        c1, c2, c3 = (rng.choice([16, 32, 48, 64, 96]) for _ in range(3))
        given = {"batch": batch, "c1": c1, "c2": c2, "c3": c3, "side": side}
        yield Case(f"{batch}×({c1}+{c2}+{c3})×{side}×{side}", given=given)


@saved.truth(rel=0.02)
def counted(case):
    """Add up the bytes of the tensors that the concat reads and of the one it writes."""
    batch, side = case.given["batch"], case.given["side"]
    branches = [
        torch.zeros(batch, case.given[name], side, side)
        for name in ("c1", "c2", "c3")
    ]
    joined = torch.cat(branches, dim=1)
    return sum(each.nbytes for each in (*branches, joined)) / 1e6


@saved.answer
def read_and_write(*, batch, c1, c2, c3, side):
    return 2 * batch * (c1 + c2 + c3) * side**2 * 4 / 1e6


@saved.misconception(
    en="counts the write and forgets the read", zh="只算写，忘了读"
)
def write_only(*, batch, c1, c2, c3, side):
    return batch * (c1 + c2 + c3) * side**2 * 4 / 1e6


@saved.misconception(
    en="thinks that the branches' own writes disappear too",
    zh="以为各分支自己的写出也省掉了",
)
def drops_the_branches_too(*, batch, c1, c2, c3, side):
    return 3 * batch * (c1 + c2 + c3) * side**2 * 4 / 1e6


@saved.misconception(
    en="takes elements for bytes", zh="把元素个数当成字节数"
)
def elements_for_bytes(*, batch, c1, c2, c3, side):
    return 2 * batch * (c1 + c2 + c3) * side**2 / 1e6


if __name__ == "__main__":
    main()
