"""torch.masked_select: what it returns, how its gradient flows, and where a mask cannot stop a NaN."""

import torch

from quizapp.proof import Case, Claim, close, equal, main

masked_values = Claim(
    "masked_values",
    en="masked_select returns a 1-D copy in row-major order, and its gradient goes to the selected entries only",
    zh="masked_select 返回按行优先顺序排列的一维拷贝，梯度只流回被选中的元素",
)


@masked_values.cases
def tensors_and_masks(rng):
    for rows, columns in ((3, 3), (rng.randint(4, 6), rng.randint(2, 3))):
        data = (
            torch.rand(
                rows, columns, dtype=torch.float64, device=rng.device
            )
            + 1
        )
        mask = torch.rand(rows, columns, device=rng.device) > 0.5
        # rows 0 and 1 cross, so that reading by columns gives another order; something is left out in each row
        mask[:2, :2], mask[2, 0] = (
            torch.tensor([[False, True], [True, False]]),
            False,
        )
        yield Case(
            f"{rows}×{columns}, {int(mask.sum())} selected",
            zh=f"{rows}×{columns}，选中 {int(mask.sum())} 个",
            data=data,
            mask=mask,
        )


@masked_values.check
def values_copy_and_gradient(select, case):
    places = case.mask.nonzero().tolist()  # in row-major order
    data = case.data.clone().requires_grad_()
    got, want = (
        select(data, case.mask),
        torch.stack([case.data[row, column] for row, column in places]),
    )
    if (shape := close(got.detach(), want, 1e-12)).accepted is False:
        return shape
    weights = torch.arange(
        1.0, len(places) + 1, dtype=data.dtype, device=data.device
    )
    (gradient,) = torch.autograd.grad((got * weights).sum(), data)
    scattered = torch.zeros_like(case.data)
    for weight, (row, column) in zip(weights, places, strict=True):
        scattered[row, column] = weight
    shared = (
        got.untyped_storage().data_ptr()
        == data.untyped_storage().data_ptr()
    )
    return [
        shape,
        close(gradient, scattered, 1e-12, en="gradient", zh="梯度"),
        equal(
            shared,
            False,
            en="shares memory with the input",
            zh="与输入共享内存",
        ),
    ]


@masked_values.answer
def select(data, mask):
    return torch.masked_select(data, mask)


@masked_values.misconception(
    en="the tensor itself comes back, in its own shape",
    zh="返回原形状的张量本身",
)
def the_tensor_itself(data, mask):
    return data


@masked_values.misconception(
    en="the shape stays and the rest becomes zero",
    zh="形状不变，其余位置变为零",
)
def zeros_elsewhere(data, mask):
    return data * mask


@masked_values.misconception(
    en="whole rows come back that hold a selected entry",
    zh="返回含有选中元素的整行",
)
def rows_with_a_hit(data, mask):
    return data[mask.any(1)]


@masked_values.misconception(
    en="values come column by column", zh="按列优先的顺序取值"
)
def column_by_column(data, mask):
    return data.T[mask.T]


masked_length = Claim(
    "masked_length",
    en="The mask is broadcast first, and each True of the broadcast mask gives one value",
    zh="掩码先广播，广播后的每个 True 对应一个取出的值",
    on="cpu",
)


@masked_length.cases
def broadcast_masks(rng):
    def draw():
        columns = rng.randint(4, 9)
        return {
            "rows": rng.randint(3, 9),
            "columns": columns,
            "ones": rng.randint(2, columns - 1),
        }

    for _ in range(4):
        given = masked_length.telling(draw)
        yield Case(
            f"{given['rows']}×{given['columns']}, mask of {given['columns']}",
            zh=f"{given['rows']}×{given['columns']}，掩码长 {given['columns']}",
            given=given,
        )


@masked_length.truth(rel=0)
def selected(case):
    given = case.given
    mask = torch.arange(given["columns"]) < given["ones"]
    return torch.masked_select(
        torch.zeros(given["rows"], given["columns"]), mask
    ).numel()


@masked_length.answer
def ones_in_every_row(rows, columns, ones):
    return rows * ones


@masked_length.misconception(
    en="as many as the input holds", zh="与输入的元素个数相同"
)
def keeps_the_shape(rows, columns, ones):
    return rows * columns


@masked_length.misconception(
    en="as many as the mask has True", zh="掩码里有几个 True 就取几个"
)
def without_broadcasting(rows, columns, ones):
    return ones


@masked_length.misconception(
    en="adds the rows to the number of True, instead of multiplying",
    zh="把行数与 True 的个数相加，而不是相乘",
)
def rows_and_columns(rows, columns, ones):
    return rows + ones


masked_loss = Claim(
    "masked_loss",
    en="Select before the dangerous operation: a mask applied after log(0) no longer stops inf and NaN",
    zh="先选择，再做危险运算：在 log(0) 之后才乘掩码，挡不住 inf 和 NaN",
)


@masked_loss.cases
def probabilities(rng):
    size = rng.randint(6, 9)
    mask = torch.arange(size, device=rng.device) % 2 == 0
    p = torch.empty(size, dtype=torch.float64, device=rng.device).uniform_(
        0.1, 0.9
    )
    yield Case(
        "all probabilities positive", zh="概率全为正", p=p, mask=mask
    )
    outside = p * mask
    yield Case(
        "zeros where the mask is off",
        zh="掩码外概率为 0",
        p=outside,
        mask=mask,
    )
    tiny = outside.clone()
    tiny[0] = rng.log_uniform(
        1e-12, 1e-10
    )  # what an epsilon inside the logarithm would hide
    yield Case(
        "one tiny probability where it is on",
        zh="掩码内有一个极小概率",
        p=tiny,
        mask=mask,
    )
    two_rows = mask.repeat(3, 1)
    two_rows[2] = False
    yield Case("2-D", zh="二维", p=outside.repeat(3, 1), mask=two_rows)
    yield Case(
        "nothing selected",
        zh="没有选中任何元素",
        p=torch.zeros_like(p),
        mask=torch.zeros_like(mask),
    )


@masked_loss.observe
def value_and_gradient(loss, p, mask):
    p = p.clone().requires_grad_()
    got = loss(p, mask)
    if not got.requires_grad:
        return "a constant"
    (gradient,) = torch.autograd.grad(
        got, p, allow_unused=True, materialize_grads=True
    )
    return got, gradient


@masked_loss.check
def as_by_hand(seen, case):
    if seen == "a constant":
        return equal(
            seen,
            "a loss with a gradient",
            en="what came back",
            zh="返回的是",
        )
    (got, gradient), (want, slope) = seen, by_hand(case)
    # float64: rounding stays near 1e-16; an epsilon in the logarithm is off by a quarter where it matters.
    # Shifted by one (losses are >= 0, slopes <= 0), so that an error relative to zero is measured too.
    return [
        close(
            got + 1,
            want + 1,
            1e-9,
            en="error of 1 + loss",
            zh="1 + 损失的相对误差",
        ),
        close(
            gradient - 1,
            slope - 1,
            1e-9,
            en="error of gradient - 1",
            zh="梯度 - 1 的相对误差",
        ),
    ]


def by_hand(case):
    """Mean of -log p over the selected entries and its derivative, one entry at a time."""
    chosen = [tuple(place) for place in case.mask.nonzero().tolist()]
    loss, slope = torch.zeros_like(case.p).sum(), torch.zeros_like(case.p)
    for place in chosen:
        loss = loss - case.p[place].log() / len(chosen)
        slope[place] = -1 / (case.p[place] * len(chosen))
    return loss, slope


@masked_loss.answer
def masked_nll(p, mask):
    # before the logarithm: no inf ever enters the graph
    chosen = torch.masked_select(p, mask)
    return -chosen.log().sum() / mask.sum().clamp(min=1)


def has_zeros(case):
    return bool((case.p == 0).any())


@masked_loss.misconception(
    en="multiplying the loss by the mask removes the rest",
    zh="损失乘以掩码就能去掉其余元素",
    on=has_zeros,
    because=(
        "without log(0) nothing is infinite",
        "没有 log(0) 就没有无穷大",
    ),
)
def multiplies_by_the_mask(p, mask):
    return (-p.log() * mask).sum() / mask.sum().clamp(min=1)


@masked_loss.misconception(
    en="one torch.where around the loss is enough",
    zh="在损失外面套一层 torch.where 就够了",
    on=has_zeros,
    because=(
        "without log(0) the gradient stays finite",
        "没有 log(0) 时梯度是有限的",
    ),
)
def single_where(p, mask):
    return torch.where(mask, -p.log(), 0.0).sum() / mask.sum().clamp(min=1)


@masked_loss.misconception(
    en="selecting from the finished loss is enough",
    zh="算完损失再 masked_select 就够了",
    on=has_zeros,
    because=(
        "without log(0) the gradient stays finite",
        "没有 log(0) 时梯度是有限的",
    ),
)
def selects_after_the_log(p, mask):
    return torch.masked_select(-p.log(), mask).sum() / mask.sum().clamp(
        min=1
    )


@masked_loss.misconception(
    en="an epsilon inside the logarithm changes nothing",
    zh="在对数里加一个 epsilon 不影响结果",
    on=lambda case: "tiny" in case.label,
    because=(
        "it hides where probabilities are large",
        "概率较大时看不出来",
    ),
)
def epsilon_in_the_log(p, mask):
    return (-(p + 1e-8).log() * mask).sum() / mask.sum().clamp(min=1)


@masked_loss.misconception(
    en="the mean runs over all entries",
    zh="对全部元素取平均",
    on=lambda case: bool(case.mask.any()),
    because=(
        "where nothing is selected the sum is zero",
        "什么都没选中时和为零",
    ),
)
def averages_over_all(p, mask):
    return -torch.masked_select(p, mask).log().sum() / mask.numel()


@masked_loss.misconception(
    en="mean() of an empty selection is zero",
    zh="对空选择求 mean() 得零",
    on=lambda case: not case.mask.any(),
    because=("elsewhere something is selected", "其他情形都有元素被选中"),
)
def mean_of_nothing(p, mask):
    return -torch.masked_select(p, mask).log().mean()


if __name__ == "__main__":
    main()
