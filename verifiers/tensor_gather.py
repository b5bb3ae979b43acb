"""torch.gather: its formula, its gradient, and two losses and states that are picked with it."""

import itertools

import torch
from torch.nn.functional import cross_entropy

from quizapp.proof import Case, Claim, close, equal, main

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


nll = Claim(
    "nll",
    en="-log_probs.gather(1, targets[:, None]).mean() is the cross-entropy, in value and gradient",
    zh="-log_probs.gather(1, targets[:, None]).mean() 就是交叉熵，数值和梯度都一致",
)


@nll.cases
def batches(rng):
    for batch, classes in ((5, 3), (4, 10), (12, 2)):
        logits = 3 * torch.randn(
            batch, classes, dtype=torch.float64, device=rng.device
        )
        targets = torch.randint(0, classes, (batch,), device=rng.device)
        # one label is the least likely class, another differs from it: no pairing of rows and labels agrees by luck
        targets[0] = logits[0].argmin()
        targets[1] = (targets[0] + 1) % classes
        yield Case(
            f"{batch} samples, {classes} classes",
            zh=f"{batch} 个样本，{classes} 类",
            logits=logits,
            targets=targets,
        )


@nll.check
def loss_and_gradient(loss, case):
    logits = case.logits.clone().requires_grad_()
    got, want = (
        loss(logits.log_softmax(1), case.targets),
        cross_entropy(logits, case.targets),
    )
    if got.shape != want.shape or not got.requires_grad:
        return equal(
            f"{tuple(got.shape)}, gradient {got.requires_grad}",
            "(), gradient True",
            en="shape",
            zh="形状",
        )
    mine, real = gradient_of(got, logits), gradient_of(want, logits)
    return [  # float64: rounding stays near 1e-15
        close(got.detach(), want.detach(), 1e-9, en="loss", zh="损失"),
        close(mine, real, 1e-9, en="gradient", zh="梯度"),
    ]


def gradient_of(value, x):
    """The gradient; zeros where ``value`` does not depend on ``x``."""
    return torch.autograd.grad(
        value,
        x,
        retain_graph=True,
        allow_unused=True,
        materialize_grads=True,
    )[0]


@nll.answer
def nll_loss(log_probs, targets):
    # row i, column targets[i]
    picked = log_probs.gather(1, targets[:, None])
    return -picked.mean()


@nll.misconception(
    en="log_probs[:, targets] pairs rows with targets",
    zh="log_probs[:, targets] 会把行与标签逐个配对",
)
def every_row_every_target(log_probs, targets):
    return -log_probs[:, targets].mean()


@nll.misconception(
    en="targets may lie in a row: gather(1, targets[None])",
    zh="标签写成一行也行：gather(1, targets[None])",
)
def first_row_only(log_probs, targets):
    return -log_probs.gather(1, targets[None]).mean()


@nll.misconception(
    en="the largest log-probability is the one to average",
    zh="对最大的对数概率取平均",
)
def most_likely_class(log_probs, targets):
    return -log_probs.max(1).values.mean()


last_step = Claim(
    "last_step",
    en="gather along time at lengths - 1 gives each sequence its own last valid state",
    zh="沿时间维在 lengths - 1 处 gather，可取出每个序列各自的最后一个有效状态",
)


@last_step.cases
def padded_sequences(rng):
    def lengths(batch, steps, dtype=torch.int64):
        drawn = torch.randint(1, steps + 1, (batch,), device=rng.device)
        drawn[0], drawn[-1] = (
            rng.randint(1, steps - 1) if steps > 1 else 1,
            steps,
        )
        return drawn.to(dtype)

    def states(*shape):
        return torch.randn(shape, dtype=torch.float64, device=rng.device)

    batch, steps, width = rng.randint(3, 4), rng.randint(5, 7), 2
    yield Case(
        "int64 lengths",
        zh="int64 类型的长度",
        h=states(batch, steps, width),
        lengths=lengths(batch, steps),
    )
    yield Case(
        "int32 lengths",
        zh="int32 类型的长度",
        h=states(batch, steps, width),
        lengths=lengths(batch, steps, torch.int32),
    )
    yield Case(
        "time came first: not contiguous",
        zh="时间维原在最前：存储不连续",
        h=states(steps, batch, width).transpose(0, 1),
        lengths=lengths(batch, steps),
    )
    yield Case(
        "one feature",
        zh="只有一个特征",
        h=states(batch, steps, 1),
        lengths=lengths(batch, steps),
    )
    yield Case(
        "one sequence of one step",
        zh="一个序列，只有一步",
        h=states(1, 1, width),
        lengths=lengths(1, 1),
    )


@last_step.check
def own_last_state(pick, case):
    h, ends = (
        case.h.clone(memory_format=torch.preserve_format).requires_grad_(),
        (case.lengths - 1).tolist(),
    )
    got, want = (
        pick(h, case.lengths),
        torch.stack([case.h[i, end] for i, end in enumerate(ends)]),
    )
    if not got.requires_grad:
        return equal(
            "cut off from h",
            "differentiable",
            en="the result is",
            zh="返回的结果",
        )
    if (value := close(got.detach(), want, 1e-12)).accepted is False:
        return value
    scattered = torch.zeros_like(case.h)
    for i, end in enumerate(ends):
        scattered[i, end] = want[i]
    return [
        value,
        close(
            gradient_of((got * want).sum(), h),
            scattered,
            1e-12,
            en="gradient",
            zh="梯度",
        ),
    ]


@last_step.answer
def last_state(h, lengths):
    last = lengths.long() - 1
    # (B, 1, C), written out: gather does not broadcast
    index = last[:, None, None].expand(-1, 1, h.shape[2])
    return h.gather(1, index)[:, 0]


def padded(case):
    return case.h.shape[1] > 1


@last_step.misconception(
    en="the last step of the tensor is the last of each sequence",
    zh="张量的最后一步就是每个序列的最后一步",
    on=padded,
    because=("one step is first and last", "只有一步时首尾相同"),
)
def end_of_the_padding(h, lengths):
    return h[:, -1]


@last_step.misconception(
    en="a sequence of length n ends at index n",
    zh="长度为 n 的序列在下标 n 处结束",
    on=padded,
    because=(
        "one step leaves no index to miss by",
        "只有一步时没有别的下标",
    ),
)
def one_step_late(h, lengths):
    late = lengths.long().clamp(max=h.shape[1] - 1)
    return h[torch.arange(len(h), device=h.device), late]


@last_step.misconception(
    en="h[:, lengths - 1] pairs sequences with lengths",
    zh="h[:, lengths - 1] 会把序列与长度逐个配对",
)
def every_pair(h, lengths):
    return h[:, lengths.long() - 1]


@last_step.misconception(
    en="the index is broadcast over the features",
    zh="index 会在特征维上自动广播",
    on=lambda case: case.h.shape[2] > 1,
    because=("one feature needs no broadcasting", "只有一个特征时无需广播"),
)
def first_feature_only(h, lengths):
    return h.gather(1, (lengths.long() - 1)[:, None, None])[:, 0]


@last_step.misconception(
    en="indexing may go through NumPy", zh="借 NumPy 取值也一样"
)
def cut_from_the_graph(h, lengths):
    picked = (
        h.detach().cpu().numpy()[range(len(h)), lengths.cpu().numpy() - 1]
    )
    return torch.as_tensor(picked, device=h.device)


if __name__ == "__main__":
    main()
