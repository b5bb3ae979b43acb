"""What makes the host wait for the GPU: whatever has to know a value.

Where there is no GPU, the meta device stands for one: it has shapes, and no numbers to read.
"""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, equal, main, note, table

waits = Claim(
    "waits",
    en="The host has to wait where Python, or the shape of a result, depends on the values; a mask used as numbers costs no wait",
    zh="凡是Python的走向或结果的形状取决于张量的值，主机就必须等待；把mask当数值用则无须等待",
)

READS = {
    "x.sum().item()": lambda x, i: x.sum().item(),
    "if (x > 0).any():": lambda x, i: bool((x > 0).any()),
    "x[x > 0]": lambda x, i: x[x > 0],
    "x.masked_select(x > 0)": lambda x, i: x.masked_select(x > 0),
    "torch.nonzero(x)": lambda x, i: torch.nonzero(x),
    "i.unique()": lambda x, i: i.unique(),
    "torch.equal(x, x + 1)": lambda x, i: torch.equal(x, x + 1),
    "F.one_hot(i)": lambda x, i: F.one_hot(i),
    "torch.where(x > 0, x, 0)": lambda x, i: torch.where(x > 0, x, 0),
    "x.masked_fill(x < 0, 0)": lambda x, i: x.masked_fill(x < 0, 0),
    "x * (x > 0)": lambda x, i: x * (x > 0),
    "x[i]": lambda x, i: x[i],
    "x.topk(2)": lambda x, i: x.topk(2),
    "x.argmax(1)": lambda x, i: x.argmax(1),
    "x.sum() / x.numel()": lambda x, i: x.sum() / x.numel(),
    "F.one_hot(i, 3)": lambda x, i: F.one_hot(i, 3),
}


@waits.cases
def expressions(rng):
    x = torch.randn(rng.randint(4, 9), 3, device=rng.device)
    i = torch.randint(0, 3, (rng.randint(4, 9),), device=rng.device)
    for written in READS:
        yield Case(
            written,
            zh=f"写法：{written}",
            x=x,
            i=i,
            first=written == next(iter(READS)),
        )


@waits.observe
def forecast(predict, label):
    return predict(label)


@waits.check
def by_refusing_to_wait(said, case):
    waited = refused(case, case.label)
    found = [
        equal(said, waited, en="the host must wait", zh="主机必须等待")
    ]
    return [*found, *overview(case)] if case.first else found


def overview(case):
    yield table(
        (("written", "写法"), ("the host waits", "主机等待")),
        [
            (written, "✓" if refused(case, written) else "—")
            for written in READS
        ],
        en="x and i lie on the device",
        zh="x和i都在设备上",
    )
    yield (
        note(
            "Measured on the GPU, which was forbidden to wait.",
            "在GPU上实测：禁止同步。",
        )
        if case.x.is_cuda
        else note(
            "No GPU here: the meta device stands for it, which has no values to wait for.",
            "这里没有GPU，用meta设备代替：它没有值可读，需要读值的操作都会失败。",
        )
    )


def refused(case, written):
    """Whether the step fails where the host may not wait for values: on meta, or on a GPU that forbids it."""
    if not case.x.is_cuda:
        x, i = case.x.to("meta"), case.i.to("meta")
        return fails(READS[written], x, i)
    torch.cuda.set_sync_debug_mode("error")
    try:
        return fails(READS[written], case.x, case.i)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def fails(step, x, i):
    try:
        step(x, i)
    except (RuntimeError, NotImplementedError):
        return True
    return False


FOR_PYTHON = (
    "x.sum().item()",
    "if (x > 0).any():",
    "torch.equal(x, x + 1)",
)
FOR_A_SHAPE = (
    "x[x > 0]",
    "x.masked_select(x > 0)",
    "torch.nonzero(x)",
    "i.unique()",
    "F.one_hot(i)",  # how many classes? the largest label says it
)


@waits.answer
def where_values_decide(written):
    return written in FOR_PYTHON or written in FOR_A_SHAPE


@waits.misconception(
    en="only .item(), if and the like wait; a boolean index does not",
    zh="只有.item()、if这类才会等待，布尔索引不会",
    on=lambda case: case.label in FOR_A_SHAPE,
    because=("no other shape depends on values", "其余的形状与值无关"),
)
def only_for_python(written):
    return written in FOR_PYTHON


@waits.misconception(
    en="whatever uses a mask waits, torch.where and masked_fill too",
    zh="凡是用到mask都会等待，torch.where和masked_fill也一样",
    on=lambda case: (
        ">" in case.label and not where_values_decide(case.label)
    ),
    because=(
        "no mask is used there, or it does wait",
        "没用mask，或确实会等待",
    ),
)
def every_mask(written):
    return where_values_decide(written) or ">" in written or "<" in written


@waits.misconception(
    en="indexing by integers waits as indexing by a mask does",
    zh="整数索引与布尔索引一样会等待",
    on=lambda case: case.label == "x[i]",
    because=("there is one such index", "只有一处整数索引"),
)
def every_index(written):
    return where_values_decide(written) or "[" in written


@waits.misconception(
    en="reductions and searches wait: their result is one number",
    zh="求和、topk、argmax之类会等待，因为结果只是一个数",
    on=lambda case: (
        case.label in ("x.topk(2)", "x.argmax(1)", "x.sum() / x.numel()")
    ),
    because=("these are the others", "这里是其余写法"),
)
def every_reduction(written):
    reduces = ("topk", "argmax", "sum")
    return where_values_decide(written) or any(
        each in written for each in reduces
    )


if __name__ == "__main__":
    main()
