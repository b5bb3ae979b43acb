"""Constants that move with their module, and code that runs on whatever device its input is on.

The meta device stands for another device: it refuses to be mixed with the CPU, and has no numbers to read.
"""

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from quizapp.proof import Case, Claim, close, equal, main


class Crossings(TorchDispatchMode):
    """Counts the copies between two devices."""

    count = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        if operator.name() in ("aten::_to_copy", "aten::copy_"):
            source = args[operator.name() == "aten::copy_"]
            self.count += source.device != result.device
        return result


def elsewhere(run, *inputs):
    """How a call goes on another device: where its result lies and what was copied, or why it failed."""
    with Crossings() as copies:
        try:
            device = run(*(each.to("meta") for each in inputs)).device.type
        except (RuntimeError, NotImplementedError) as error:
            device = f"{type(error).__name__}: {str(error)[:80]}"
    # moving the inputs is no copy of the call's own
    return device, copies.count - len(inputs)


constants = Claim(
    "constants",
    en="A buffer moves with its module, is saved and is not trained; a tensor in a plain attribute stays behind",
    zh="buffer随模块移动、会被保存、不参与训练；存成普通属性的张量则留在原处",
)


@constants.cases
def channels(rng):
    for number in (2, 3):
        mean = [rng.rounded(0.2, 0.8) for _ in range(number)]
        std = [rng.rounded(0.1, 0.5) for _ in range(number)]
        yield Case(
            f"{number} channels",
            zh=f"{number} 个通道",
            mean=mean,
            std=std,
            x=torch.rand(2, number, 3, 4, device=rng.device),
        )


@constants.observe
def put_to_use(normalise, mean, std, x):
    module = normalise(mean, std).to(x.device)
    twin = normalise([0.0] * len(mean), [1.0] * len(std)).to(x.device)
    twin.load_state_dict(module.state_dict())
    seen = {
        "values": module(x),
        "restored": twin(x),
        "trained": trainable(module.requires_grad_()),
        "dtype": str(twin.half()(x.half()).dtype),
    }
    device, copies = elsewhere(module.to("meta"), x)
    return seen | {"device": device, "copies": copies}


def trainable(module):
    return sum(
        each.numel() for each in module.parameters() if each.requires_grad
    )


@constants.check
def as_a_module_should(seen, case):
    shape = len(case.mean), 1, 1
    mean, std = (
        torch.tensor(each, device=case.x.device).reshape(shape)
        for each in (case.mean, case.std)
    )
    want = (case.x - mean) / std
    facts = {
        "device": ("output's device after .to()", ".to()之后输出所在设备"),
        "copies": ("copies in a forward pass", "一次前向中的设备间拷贝"),
        "trained": (
            "numbers to train after requires_grad_(True)",
            "requires_grad_(True)之后待训练的数",
        ),
        "dtype": ("output's dtype after .half()", ".half()之后输出的dtype"),
    }
    found = {name: str(seen[name]) for name in facts}
    wanted = {
        "device": "meta",
        "copies": "0",
        "trained": "0",
        "dtype": "torch.float16",
    }
    return [
        # float32 rounds at 1e-7; constants that were lost are off by more than 10 %
        close(seen["values"], want, 1e-5),
        *(
            equal(found[name], wanted[name], en=en, zh=zh)
            for name, (en, zh) in facts.items()
        ),
        close(
            seen["restored"],
            want,
            1e-5,
            en="after loading the state dict, relative error",
            zh="载入state_dict之后的相对误差",
        ),
    ]


@constants.answer
class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        shape = len(mean), 1, 1
        self.register_buffer("mean", torch.tensor(mean).reshape(shape))
        self.register_buffer("std", torch.tensor(std).reshape(shape))

    def forward(self, x):
        return (x - self.mean) / self.std


@constants.misconception(
    en="a tensor in an attribute moves with the module",
    zh="存成属性的张量会随模块一起移动",
)
class PlainAttributes(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        shape = len(mean), 1, 1
        self.mean = torch.tensor(mean).reshape(shape)
        self.std = torch.tensor(std).reshape(shape)

    def forward(self, x):
        return (x - self.mean.to(x.dtype)) / self.std.to(x.dtype)


@constants.misconception(
    en="an attribute and .to(x) in forward are as good",
    zh="存成属性、在forward里.to(x)也一样好",
)
class MovedInForward(PlainAttributes):
    def forward(self, x):
        return (x - self.mean.to(x)) / self.std.to(x)


@constants.misconception(
    en="nn.Parameter is the way to let a constant move along",
    zh="想让常量随模块移动，用nn.Parameter就行",
)
class Parameters(PlainAttributes):
    def __init__(self, mean, std):
        super().__init__(mean, std)
        mean, std = self.mean, self.std
        del self.mean, self.std
        self.mean, self.std = nn.Parameter(mean), nn.Parameter(std)


@constants.misconception(
    en="a buffer with persistent=False is saved all the same",
    zh="persistent=False的buffer也会被保存",
)
class NotSaved(Normalise):
    def __init__(self, mean, std):
        super().__init__(mean, std)
        for name in ("mean", "std"):
            constant = getattr(self, name)
            self.register_buffer(name, constant, persistent=False)


padded = Claim(
    "padded",
    en="A mean over the valid steps takes no copy and no wait: arange on the input's device, a comparison, masked_fill",
    zh="对有效步求均值无需拷贝也无需等待：在输入所在设备上arange、比较、masked_fill即可",
)


@padded.cases
def batches(rng):
    for dtype in (torch.float32, torch.float64, torch.float16):
        b, t, d = rng.randint(3, 5), rng.randint(5, 8), rng.randint(2, 4)
        lengths = [1, t, *(rng.randint(2, t - 1) for _ in range(b - 2))]
        x = torch.rand(b, t, d, device=rng.device).to(dtype) + 1
        for row, length in zip(x, lengths, strict=True):
            row[length:] = float("nan")
        yield Case(
            f"lengths {lengths}, {str(dtype)[6:]}",
            zh=f"长度 {lengths}，{str(dtype)[6:]}",
            x=x,
            lengths=torch.tensor(lengths, device=rng.device),
        )


@padded.observe
def here_and_elsewhere(mean, x, lengths):
    values = mean(x.clone(), lengths.clone())
    return values, *elsewhere(mean, x, lengths)


@padded.check
def row_by_row(seen, case):
    values, device, copies = seen
    rows = zip(case.x.double(), case.lengths.tolist(), strict=True)
    want = torch.stack([row[:length].mean(0) for row, length in rows])
    # sums of 8 numbers in float16 round at 1e-3; a mean over all steps is off by 10 % or more
    return [
        close(values.double(), want, 0.01),
        equal(str(values.dtype), str(case.x.dtype), en="dtype", zh="dtype"),
        equal(
            device,
            "meta",
            en="on another device, the result lies on",
            zh="换一个设备时，结果所在设备",
        ),
        equal(
            copies,
            0,
            en="copies between devices",
            zh="设备间的拷贝次数",
        ),
    ]


@padded.answer
def masked_mean(x, lengths):
    steps = torch.arange(x.shape[1], device=x.device)
    beyond = steps >= lengths[:, None]
    total = x.masked_fill(beyond[:, :, None], 0).sum(1)
    return total / lengths[:, None]


@padded.misconception(
    en="torch.arange follows the device of the other tensors by itself",
    zh="torch.arange会自动跟随其他张量的设备",
)
def left_on_the_host(x, lengths):
    beyond = torch.arange(x.shape[1]) >= lengths.unsqueeze(1)
    total = x.masked_fill(beyond[:, :, None], 0).sum(1)
    return total / lengths[:, None]


@padded.misconception(
    en="making a helper on the host and moving it by .to is as good",
    zh="先在主机上生成、再用.to搬过去也一样",
)
def moved_from_the_host(x, lengths):
    steps = torch.arange(x.shape[1]).to(x.device)
    beyond = steps >= lengths[:, None]
    total = x.masked_fill(beyond[:, :, None], 0).sum(1)
    return total / lengths[:, None]


@padded.misconception(
    en="a loop over lengths.tolist() stays on the device",
    zh="按lengths.tolist()循环，数据不会离开设备",
)
def loops_over_lengths(x, lengths):
    means = [x[i, :n].mean(0) for i, n in enumerate(lengths.tolist())]
    return torch.stack(means)


@padded.misconception(
    en="indexing by a mask needs nothing from the device",
    zh="布尔索引不需要从设备读回任何东西",
)
def picks_by_a_mask(x, lengths):
    steps = torch.arange(x.shape[1], device=x.device)
    row = (steps < lengths[:, None]).nonzero()[:, 0]
    valid = x[steps < lengths[:, None]]
    total = x.new_zeros(len(x), x.shape[2]).index_add(0, row, valid)
    return total / lengths[:, None]


@padded.misconception(
    en="multiplying by the mask removes whatever is in the padding",
    zh="乘以mask就能去掉padding里的任何内容",
)
def multiplies_by_the_mask(x, lengths):
    steps = torch.arange(x.shape[1], device=x.device)
    valid = (steps < lengths[:, None])[:, :, None]
    return (x * valid).sum(1) / lengths[:, None]


if __name__ == "__main__":
    main()
