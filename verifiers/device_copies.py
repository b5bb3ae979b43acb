"""What crosses from the host to an accelerator when a tensor is made, and what the *_like functions take over.

torch's fake tensors stand for the accelerator: they have a device and a shape, and no numbers.
"""

from functools import cache

import numpy as np
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from quizapp.proof import Case, Claim, equal, main, note, table


class Crossings(TorchDispatchMode):
    """The bytes of each copy between two devices."""

    def __init__(self):
        super().__init__()
        self.bytes = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        if operator.name() in ("aten::_to_copy", "aten::copy_"):
            source = args[operator.name() == "aten::copy_"]
            if source.device != result.device:
                self.bytes.append(source.nbytes)
        return result


copies = Claim(
    "copies",
    en="A tensor filled by a rule (zeros, full, arange, *_like, new_zeros) can be made on the device; one made of Python's "
    "or NumPy's numbers is built on the host and then copied, even with device=",
    zh="按规则填充的张量（zeros、full、arange、*_like、new_zeros）可以直接在设备上生成；由Python或NumPy数据构造的张量总是先在主机上建好再拷贝，写了device=也一样",
    on="cpu",
)

WAYS = {
    "torch.tensor(values, device=x.device)": lambda x, values: torch.tensor(
        values, device=x.device
    ),
    "torch.as_tensor(array, device=x.device)": lambda x, values: (
        torch.as_tensor(np.array(values), device=x.device)
    ),
    "torch.zeros(n).to(x.device)": lambda x, values: torch.zeros(
        len(values)
    ).to(x.device),
    "torch.zeros(n).type_as(x)": lambda x, values: torch.zeros(
        len(values)
    ).type_as(x),
    "torch.zeros(n, device=x.device)": lambda x, values: torch.zeros(
        len(values), device=x.device
    ),
    "torch.arange(n, device=x.device)": lambda x, values: torch.arange(
        len(values), device=x.device
    ),
    "torch.ones_like(x)": lambda x, values: torch.ones_like(x),
    "x.new_full((n,), 0.5)": lambda x, values: x.new_full(
        (len(values),), 0.5
    ),
    "x.to(x.device)": lambda x, values: x.to(x.device),
    "x * 0.5": lambda x, values: x * 0.5,
    "x * torch.tensor(0.5)": lambda x, values: x * torch.tensor(0.5),
    "with torch.device(x.device): torch.zeros(n)": lambda x, values: (
        under_default(x, lambda: torch.zeros(len(values)))
    ),
    "with torch.device(x.device): torch.tensor(values)": lambda x, values: (
        under_default(x, lambda: torch.tensor(values))
    ),
}


def under_default(x, make):
    with torch.device(x.device):
        return make()


@copies.cases
def ways(rng):
    values = [rng.random() for _ in range(rng.randint(3, 9))]
    for way in WAYS:
        yield Case(
            way,
            zh=f"写法：{way}",
            values=values,
            first=way == next(iter(WAYS)),
        )


@copies.observe
def prediction(predict, label):
    return predict(label)


@copies.check
def counted(said, case):
    device, crossed = crossings(case.label, tuple(case.values))
    found = [
        equal(
            said,
            crossed,
            en="copies between host and device",
            zh="主机与设备之间的拷贝次数",
        ),
        equal(device, "cuda", en="the result lies on", zh="结果所在设备"),
    ]
    return [*found, *overview(case)] if case.first else found


@cache
def crossings(way, values):
    """Where the result lies, and how many copies it took; fake tensors need no GPU."""
    with FakeTensorMode():
        x = torch.ones(len(values), device="cuda:0")
        with Crossings() as seen:
            made = WAYS[way](x, values)
    return made.device.type, len(seen.bytes)


def overview(case):
    yield table(
        (("x lies on the device", "x在设备上"), ("copies", "拷贝次数")),
        [(way, crossings(way, tuple(case.values))[1]) for way in WAYS],
        en="What each way costs",
        zh="各种写法的代价",
    )
    yield note(
        "Fake tensors on cuda:0 stand for a GPU here.",
        "这里用位于cuda:0的fake tensor代替GPU。",
    )


@copies.answer
def one_if_the_numbers_start_on_the_host(way):
    from_python = "values" in way or "array" in way
    moved = way.startswith("torch.zeros(n).")
    return int(from_python or moved)


@copies.misconception(
    en="with device= the tensor is made on the device, whatever it is made of",
    zh="只要写了device=，张量就直接在设备上生成",
    on=lambda case: "values" in case.label or "array" in case.label,
    because=(
        "the others do not start from numbers",
        "其余写法不从数据出发",
    ),
)
def device_argument_suffices(way):
    made_there = "device" in way and ".to(" not in way
    return 0 if made_there else one_if_the_numbers_start_on_the_host(way)


@copies.misconception(
    en=".to(device) copies, even where the tensor lies already",
    zh=".to(device) 总会拷贝，哪怕张量已经在该设备上",
    on=lambda case: case.label == "x.to(x.device)",
    because=("only there is nothing to move", "只有这里无须搬动"),
)
def to_always_copies(way):
    if ".to(" in way:
        return 1
    return one_if_the_numbers_start_on_the_host(way)


@copies.misconception(
    en="a number from Python, too, must be copied to the device first",
    zh="Python标量也要先拷到设备上",
    on=lambda case: "0.5" in case.label,
    because=("no single number is written there", "那里没有写标量"),
)
def scalars_are_copied(way):
    if "0.5" in way:
        return 1
    return one_if_the_numbers_start_on_the_host(way)


@copies.misconception(
    en="type_as changes the dtype and moves nothing",
    zh="type_as只改dtype，不搬数据",
    on=lambda case: "type_as" in case.label,
    because=("type_as is not used there", "那里没用type_as"),
)
def type_as_is_free(way):
    if "type_as" in way:
        return 0
    return one_if_the_numbers_start_on_the_host(way)


step_bytes = Claim(
    "step_bytes",
    en="Each helper tensor made on the host and moved costs its elements times its bytes an element: bool 1, int64 8, float32 4",
    zh="每个在主机上生成再搬过去的辅助张量，其拷贝量为元素数乘以每元素字节数：bool为1，int64为8，float32为4",
    on="cpu",
)


@step_bytes.cases
def attention_steps(rng):
    def draw():
        return {
            "t": rng.choice([10, 20, 50, 100]),
            "b": rng.choice([2, 4, 8]),
            "c": rng.choice([16, 32, 64]),
        }

    for _ in range(3):
        given = step_bytes.telling(draw)
        yield Case("T = {t}, B = {b}, C = {c}".format(**given), given=given)


@step_bytes.truth(rel=0)
def bytes_that_cross(case):
    t, b, c = (case.given[name] for name in ("t", "b", "c"))
    device = torch.device("meta")  # any other device than the host's
    with Crossings() as seen:
        torch.ones(t, t, dtype=torch.bool).tril().to(device)
        torch.arange(t).to(device)
        torch.randn(b, c).to(device)
    return sum(seen.bytes)


@step_bytes.answer
def elements_times_size(t, b, c):
    return t * t + 8 * t + 4 * b * c


@step_bytes.misconception(
    en="takes a bool for one bit", zh="以为一个bool占一位"
)
def bits_for_the_mask(t, b, c):
    return t * t / 8 + 8 * t + 4 * b * c


@step_bytes.misconception(
    en="takes positions for int32", zh="以为arange得到int32"
)
def short_positions(t, b, c):
    return t * t + 4 * t + 4 * b * c


@step_bytes.misconception(
    en="takes four bytes for everything", zh="以为所有元素都占4字节"
)
def four_bytes_each(t, b, c):
    return 4 * (t * t + t + b * c)


like = Claim(
    "like",
    en="*_like takes over shape, device, dtype and memory format, and not requires_grad; new_ones takes over device and dtype alone",
    zh="*_like沿用形状、设备、dtype和内存格式，但不沿用requires_grad；new_ones只沿用设备和dtype",
)

MODELS = {
    "int64 labels": ("int64标签", torch.int64, False, False),
    "float16": ("float16", torch.float16, False, False),
    "channels_last": ("channels_last", torch.float32, True, False),
    "requires_grad": ("requires_grad", torch.float32, False, True),
}


@like.cases
def models(rng):
    for name, (zh, dtype, last, grad) in MODELS.items():
        size = [rng.randint(2, 4) for _ in range(4)]
        x = torch.randint(0, 2, size, device=rng.device).to(dtype)
        if last:
            x = x.to(memory_format=torch.channels_last)
        for way in ("ones_like", "new_ones"):
            yield Case(
                f"{name}: {way}",
                zh=f"{zh}：{way}",
                x=x.requires_grad_(grad),
                way=way,
                told=(way, str(dtype).removeprefix("torch."), last, grad),
            )


@like.observe
def what_is_expected(predict, told):
    return predict(*told)


@like.check
def as_made(said, case):
    x = case.x
    made = (
        torch.ones_like(x)
        if case.way == "ones_like"
        else x.new_ones(x.shape)
    )
    dtype, grad = str(made.dtype).removeprefix("torch."), made.requires_grad
    last = made.is_contiguous(memory_format=torch.channels_last)
    made[made == 1] = 0.25
    found = (dtype, last, grad, made.unique().item())
    names = (
        ("dtype", "dtype"),
        ("channels_last", "channels_last"),
        ("requires_grad", "requires_grad"),
        ("0.25 is stored as", "写入0.25后存成"),
    )
    return [
        equal(mine, true, en=en, zh=zh)
        for mine, true, (en, zh) in zip(said, found, names, strict=True)
    ]


@like.answer
def all_but_requires_grad(way, dtype, channels_last, requires_grad):
    stored = 0 if dtype == "int64" else 0.25
    return dtype, channels_last and way == "ones_like", False, stored


@like.misconception(
    en="ones_like gives floats, as torch.ones does",
    zh="ones_like和torch.ones一样给出浮点数",
    on=lambda case: case.x.dtype == torch.int64,
    because=("the others are floats themselves", "其余本来就是浮点"),
)
def floats_by_default(way, dtype, channels_last, requires_grad):
    dtype = "float32" if dtype == "int64" else dtype
    return all_but_requires_grad(way, dtype, channels_last, requires_grad)


@like.misconception(
    en="an integer tensor that is given 0.25 becomes a float tensor",
    zh="往整数张量里写0.25，它会变成浮点张量",
    on=lambda case: case.x.dtype == torch.int64,
    because=("the others are floats themselves", "其余本来就是浮点"),
)
def writing_promotes(way, dtype, channels_last, requires_grad):
    dtype, last, grad, _ = all_but_requires_grad(
        way, dtype, channels_last, requires_grad
    )
    return dtype, last, grad, 0.25


@like.misconception(
    en="requires_grad is taken over, too",
    zh="requires_grad也会沿用",
    on=lambda case: case.x.requires_grad,
    because=("the others do not require it", "其余不要求梯度"),
)
def gradient_as_well(way, dtype, channels_last, requires_grad):
    dtype, last, _, stored = all_but_requires_grad(
        way, dtype, channels_last, requires_grad
    )
    return dtype, last, requires_grad, stored


def channels_last(case):
    return case.told[2]


@like.misconception(
    en="new_ones and ones_like take over the same",
    zh="new_ones与ones_like沿用的东西相同",
    on=lambda case: channels_last(case) and case.way == "new_ones",
    because=(
        "they differ in the memory format alone",
        "二者只差在内存格式上",
    ),
)
def new_is_like(way, dtype, channels_last, requires_grad):
    return all_but_requires_grad(
        "ones_like", dtype, channels_last, requires_grad
    )


if __name__ == "__main__":
    main()
