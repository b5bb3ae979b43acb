"""The peak of memory in a forward and a backward pass: who keeps activations, and what checkpointing buys."""

import weakref
from functools import cache
from math import sqrt

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

from quizapp.proof import (
    Case,
    Claim,
    at_least_if,
    at_most,
    close,
    curves,
    main,
    note,
)


class Memory(TorchDispatchMode):
    """Bytes that are alive, and their peak, by following each storage from the operator that made it to its end."""

    def __init__(self):
        super().__init__()
        self.alive = self.peak = 0
        self.known = weakref.WeakSet()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        # a view of what was there before is nothing new
        given = (each for each in args if isinstance(each, torch.Tensor))
        self.known.update(each.untyped_storage() for each in given)
        for each in (
            result if isinstance(result, tuple | list) else [result]
        ):
            if isinstance(each, torch.Tensor):
                self.follow(each.untyped_storage())
        return result

    def follow(self, storage):
        if storage not in self.known:
            self.known.add(storage)
            self.alive += storage.nbytes()
            self.peak = max(self.peak, self.alive)
            weakref.finalize(storage, self.release, storage.nbytes())

    def release(self, size):
        self.alive -= size


def peak_of(run, device):
    """The most that a call had allocated at once, in bytes, beyond what was there before."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        return torch.cuda.max_memory_allocated() - before
    with Memory() as memory:
        run()
    return memory.peak


def how(device):
    if device.startswith("cuda"):
        return note(
            "Measured by torch.cuda.max_memory_allocated.",
            "用torch.cuda.max_memory_allocated测得。",
        )
    return note(
        "No GPU here: every storage is followed from its making to its end.",
        "这里没有GPU：逐个跟踪每块存储从创建到释放。",
    )


depth = Claim(
    "depth",
    en="A forward pass keeps activations, and its peak grows with depth, wherever a parameter requires a gradient; "
    "eval() changes nothing of that, no_grad() does",
    zh="只要有参数要求梯度，前向就会保留激活，峰值随深度增长；eval()改变不了这一点，no_grad()可以",
)


def frozen(net, x):
    net.requires_grad_(False)
    net(x)


def under(context, net, x):
    with context():
        net(x)


RUNS = {  # Chinese label, one forward pass
    "as in training": ("训练时的前向", lambda net, x: net(x)),
    "model.eval()": ("model.eval()", lambda net, x: net.eval()(x)),
    "output detached": ("输出再detach()", lambda net, x: net(x).detach()),
    "torch.no_grad()": (
        "torch.no_grad()",
        lambda net, x: under(torch.no_grad, net, x),
    ),
    "torch.inference_mode()": (
        "torch.inference_mode()",
        lambda net, x: under(torch.inference_mode, net, x),
    ),
    "requires_grad_(False)": ("requires_grad_(False)", frozen),
}


@depth.cases
def forward_passes(rng):
    layers = rng.choice([6, 8, 10])
    for name, (zh, _) in RUNS.items():
        yield Case(
            f"{name}, {layers} and {2 * layers} layers",
            zh=f"{zh}，{layers} 层与 {2 * layers} 层",
            name=name,
            layers=layers,
            x=torch.randn(1024, 16, device=rng.device),
        )


@depth.check
def twice_as_deep(grows, case):
    *_, single, double = peaks_of(case.name, case)
    # each layer adds two activations: twice as deep, nearly twice the peak; without a graph it is always the same two
    found = [
        at_least_if(
            grows(case.name),
            double / single - 1,
            0.25,
            en="growth of the peak when the depth doubles",
            zh="深度加倍时峰值的增长",
        )
    ]
    first = case.name == next(iter(RUNS))
    return [*found, *overview(case)] if first else found


def overview(case):
    lines = {
        (name, zh): peaks_of(name, case) for name, (zh, _) in RUNS.items()
    }
    yield curves(
        depths(case),
        lines,
        en="Peak over the number of layers, in activations",
        zh="峰值随层数的变化（以一份激活为单位）",
    )
    yield how(str(case.x.device))


def depths(case):
    return case.layers // 2, case.layers, 2 * case.layers


def peaks_of(name, case):
    """The peak of a forward pass at each depth, in activations."""
    x, device, run = case.x, str(case.x.device), RUNS[name][1]
    net(2, device)(x)  # libraries allocate their workspace once
    nets = [net(layers, device) for layers in depths(case)]
    return [peak_of(lambda n=n: run(n, x), device) / x.nbytes for n in nets]


def net(layers, device):
    blocks = [
        each
        for _ in range(layers)
        for each in (nn.Linear(16, 16), nn.Tanh())
    ]
    return nn.Sequential(*blocks).to(device)


@depth.answer
def where_a_graph_is_recorded(name):
    recorded = "as in training", "model.eval()", "output detached"
    return name in recorded


@depth.misconception(
    en="model.eval() keeps no activations",
    zh="model.eval()就不会保留激活",
    on=lambda case: case.name == "model.eval()",
    because=("eval() is not called there", "那里没有调用eval()"),
)
def eval_keeps_nothing(name):
    return name in ("as in training", "output detached")


@depth.misconception(
    en="detaching the output frees what was kept, so nothing adds up",
    zh="输出detach()之后激活就释放了，峰值不会累积",
    on=lambda case: case.name == "output detached",
    because=("nothing is detached there", "那里没有detach"),
)
def detach_is_in_time(name):
    return name in ("as in training", "model.eval()")


@depth.misconception(
    en="only no_grad() and inference_mode() help, frozen weights do not",
    zh="只有no_grad()和inference_mode()有用，冻结参数没用",
    on=lambda case: case.name == "requires_grad_(False)",
    because=("nothing is frozen there", "那里没有冻结参数"),
)
def frozen_weights_keep_activations(name):
    return name == "requires_grad_(False)" or where_a_graph_is_recorded(
        name
    )


segments = Claim(
    "segments",
    en="Checkpointing in s segments keeps s inputs and recomputes one segment at a time: about s + n/s activations, least at s = √n",
    zh="分s段做梯度检查点，要保留s个段输入，并一次重算一段：约 s + n/s 份激活，s = √n 时最少",
)


@segments.cases
def chains(rng):
    for n in (36, rng.choice([64, 100])):
        x = torch.randn(2**12, device=rng.device)
        yield Case(f"{n} layers", zh=f"{n} 层", n=n, x=x.requires_grad_())


@segments.check
def by_measuring_every_division(choose, case):
    n, device = case.n, str(case.x.device)
    plain, peaks = measured(n, device)
    least = min(peaks.values())
    s = min(peaks, key=lambda each: abs(each - choose(n)))
    return [
        # √n is the best division or next to it; two halves take 1.6 times the least, the others more
        at_most(
            peaks[s] / least - 1,
            0.15,
            en="peak above the least possible",
            zh="峰值比最小值高出的比例",
        ),
        close(
            gradient(case.x, n, s),
            gradient(case.x, n, 0),
            1e-6,
            en="gradient against that without checkpoints, relative error",
            zh="梯度与不用检查点时的相对误差",
        ),
        curves(
            peaks,
            {
                ("measured", "实测"): peaks.values(),
                "s + n/s": [s + n / s for s in peaks],
                ("no checkpoints", "不用检查点"): [plain] * len(peaks),
            },
            en="Peak over the number of segments, in activations",
            zh="峰值随段数的变化（以一份激活为单位）",
        ),
        how(device),
    ]


@cache
def measured(n, device):
    """The peak without checkpoints, and that of every division into equal segments, in activations."""
    x = torch.randn(2**14, device=device, requires_grad=True)
    divisions = [s for s in range(n + 1) if s == 0 or n % s == 0]
    plain, *rest = (
        peak_of(lambda s=s: gradient(x, n, s), device) / x.nbytes
        for s in divisions
    )
    return plain, dict(zip(divisions[1:], rest, strict=True))


def gradient(x, n, s):
    """The gradient through n sines, in s checkpointed segments; s = 0 is without any."""
    y = x
    for _ in range(s or 1):
        if s:
            y = checkpoint(
                sines,
                y,
                n // s,
                use_reentrant=False,
                preserve_rng_state=False,  # a sine draws nothing
            )
        else:
            y = sines(y, n)
    (slope,) = torch.autograd.grad(y, x, torch.ones_like(y))
    return slope


def sines(y, layers):
    for _ in range(layers):
        y = torch.sin(y)
    return y


@segments.answer
def root_of_n(n):
    return sqrt(n)


@segments.misconception(
    en="the more checkpoints the better: one for every layer",
    zh="检查点越多越省：每层都设",
)
def every_layer(n):
    return n


@segments.misconception(
    en="wraps the whole network in one checkpoint",
    zh="把整个网络包进一个检查点",
)
def the_whole_network(n):
    return 1


@segments.misconception(
    en="two halves are enough",
    zh="分成前后两半就够了",
)
def two_halves(n):
    return 2


if __name__ == "__main__":
    main()
