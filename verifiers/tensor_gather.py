"""torch.gather: its formula and its gradient."""

import itertools

import torch

from quizapp.proof import Case, Claim, close, main

gather_formula = Claim(
    "gather_formula",
    en="gather(x, 1, index)[i][j] = x[i][index[i][j]]: the output has the shape of index, and nothing is broadcast",
    zh="gather(x, 1, index)[i][j] = x[i][index[i][j]]：输出形状与 index 相同，不做广播",
)


@gather_formula.cases
def ragged_indices(rng):
    for shape, size in (
        ((3, 4), (2, 4)),
        ((3, 4), (3, 2)),
        ((3, 4), (1, 1)),
        ((3, 4, 5), (2, 3, 3)),
    ):
        # every entry differs, and every index is legal along every dimension
        x = (
            torch.randperm(60, device=rng.device)[
                : torch.Size(shape).numel()
            ]
            .reshape(shape)
            .double()
            + 1
        )
        index = torch.randint(0, 3, size, device=rng.device)
        index.view(-1)[0] = 1  # x[0, 1] or x[1, 0]: no two dimensions agree
        for dim in range(len(shape)):
            yield Case(
                f"x {shape}, index {size}, dim {dim}",
                zh=f"x {shape}，index {size}，沿第 {dim} 维",
                x=x,
                dim=dim,
                index=index,
            )


@gather_formula.check
def as_torch_gathers(gather, case):
    return close(
        gather(case.x, case.dim, case.index),
        torch.gather(case.x, case.dim, case.index),
        1e-12,
    )


@gather_formula.answer
def gather(x, dim, index):
    out = torch.empty(index.shape, dtype=x.dtype, device=x.device)
    for place in itertools.product(*map(range, index.shape)):
        source = list(place)
        source[dim] = index[place]
        out[place] = x[tuple(source)]
    return out


@gather_formula.misconception(
    en="dim names a coordinate that is kept",
    zh="dim 指的是保持不变的那一维",
)
def keeps_the_coordinate(x, dim, index):
    return torch.gather(x, (dim + 1) % x.dim(), index)


@gather_formula.misconception(
    en="index picks whole slices (that is index_select)",
    zh="index 取的是整片（那是 index_select）",
)
def whole_slices(x, dim, index):
    return x.index_select(dim, index.flatten())


@gather_formula.misconception(
    en="an index of size 1 is broadcast against x (as in take_along_dim)",
    zh="长度为 1 的 index 会与 x 广播（那是 take_along_dim）",
    on=lambda case: case.index.numel() == 1,
    because=(
        "no side of this index is 1",
        "该 index 没有长度为 1 的边",
    ),
)
def broadcasts(x, dim, index):
    sides = [
        x.shape[d] if side == 1 and d != dim else side
        for d, side in enumerate(index.shape)
    ]
    return torch.gather(x, dim, index.expand(sides))


gather_sum = Claim(
    "gather_sum",
    en="gather replaces the coordinate along dim by the index and keeps the others",
    zh="gather 用 index 替换 dim 方向的坐标，其余坐标不变",
    on="cpu",
)


@gather_sum.cases
def small_indices(rng):
    def draw():
        return {
            "dim": rng.randint(0, 1),
            "index": [
                [rng.randint(0, 2) for _ in range(2)] for _ in range(2)
            ],
        }

    for _ in range(4):
        given = gather_sum.telling(draw)
        yield Case(
            f"dim {given['dim']}, index {given['index']}",
            zh=f"沿第 {given['dim']} 维，index {given['index']}",
            given=given,
        )


@gather_sum.truth(rel=0)
def sum_of_the_gathered(case):
    x = 10 * torch.arange(3)[:, None] + torch.arange(
        3
    )  # each entry spells its own coordinates
    return (
        x.gather(case.given["dim"], torch.tensor(case.given["index"]))
        .sum()
        .item()
    )


@gather_sum.answer
def replaced_coordinate(dim, index):
    places = [(i, j, index[i][j]) for i in range(2) for j in range(2)]
    return sum(
        10 * at + j if dim == 0 else 10 * i + at for i, j, at in places
    )


@gather_sum.misconception(
    en="dim names the coordinate that is kept",
    zh="dim 指的是保持不变的坐标",
)
def kept_coordinate(dim, index):
    return replaced_coordinate(1 - dim, index)


@gather_sum.misconception(
    en="each index picks a whole row or column",
    zh="每个 index 取一整行或一整列",
)
def rows_or_columns(dim, index):
    x = 10 * torch.arange(3)[:, None] + torch.arange(3)
    return x.index_select(dim, torch.tensor(index).flatten()).sum().item()


@gather_sum.misconception(
    en="index counts through the flattened tensor (that is take)",
    zh="index 是展平后的下标（那是 take）",
)
def flat_positions(dim, index):
    return sum(10 * (at // 3) + at % 3 for row in index for at in row)


gather_gradient = Claim(
    "gather_gradient",
    en="The backward pass of gather is scatter_add: an entry picked twice collects both gradients",
    zh="gather 的反向传播是 scatter_add：被取到两次的元素累加两份梯度",
)


@gather_gradient.cases
def repeated_indices(rng):
    for dim in (0, 1):
        index = torch.randint(0, 3, (4, 4), device=rng.device)
        index[0, :2], index[:2, 3] = (
            2,
            0,
        )  # in row 0 and in column 3 an entry is picked twice
        grad = torch.rand(4, 4, dtype=torch.float64, device=rng.device) + 1
        yield Case(
            f"dim {dim}",
            zh=f"沿第 {dim} 维",
            shape=(5, 5),
            dim=dim,
            index=index,
            grad=grad,
        )


@gather_gradient.check
def as_autograd_says(backward, case):
    x = torch.randn(
        case.shape,
        dtype=torch.float64,
        device=case.grad.device,
        requires_grad=True,
    )
    (want,) = torch.autograd.grad(
        x.gather(case.dim, case.index), x, case.grad
    )
    return close(
        backward(case.grad, case.dim, case.index, case.shape), want, 1e-12
    )


@gather_gradient.answer
def gather_backward(grad, dim, index, shape):
    zeros = torch.zeros(shape, dtype=grad.dtype, device=grad.device)
    return zeros.scatter_add(dim, index, grad)


@gather_gradient.misconception(
    en="the last gradient wins (plain scatter)",
    zh="后写的梯度覆盖先写的（普通 scatter）",
)
def last_one_wins(grad, dim, index, shape):
    return torch.zeros(shape, dtype=grad.dtype, device=grad.device).scatter(
        dim, index, grad
    )


@gather_gradient.misconception(
    en="repeated picks are averaged", zh="重复取到的元素对梯度取平均"
)
def averaged(grad, dim, index, shape):
    zeros = torch.zeros(shape, dtype=grad.dtype, device=grad.device)
    return zeros.scatter_reduce(
        dim, index, grad, "mean", include_self=False
    )


@gather_gradient.misconception(
    en="index is not differentiable, so nothing flows",
    zh="index 不可导，所以没有梯度",
)
def nothing_flows(grad, dim, index, shape):
    return torch.zeros(shape, dtype=grad.dtype, device=grad.device)


if __name__ == "__main__":
    main()
