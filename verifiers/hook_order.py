"""Hooks in a training loop: the order that priorities give them, and how often one acts."""

import functools
import importlib
import logging
import os
import tempfile
from types import SimpleNamespace

import torch

from quizapp.proof import Case, Claim, equal, main, table

insertion = Claim(
    "insertion",
    en="Hooks run by priority, the smaller number first; equal priorities run in the order of registration",
    zh="Hook按优先级执行，数值小的在前；优先级相同时按注册顺序执行",
    on="cpu",
)
in_mmengine = Claim(
    "in_mmengine",
    en="mmengine's Runner.register_hook keeps its list in this order",
    zh="mmengine的 Runner.register_hook 正是按这个顺序维护列表",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)
LEVELS = {
    "HIGHEST": 0,
    "VERY_HIGH": 10,
    "HIGH": 30,
    "ABOVE_NORMAL": 40,
    "NORMAL": 50,
    "BELOW_NORMAL": 60,
    "LOW": 70,
    "VERY_LOW": 90,
    "LOWEST": 100,
}


@in_mmengine.cases
@insertion.cases
def arrivals(rng):
    names = ["Ema", "Logger", "Checkpoint", "NaNGuard", "Timer", "Profile"]
    rng.shuffle(names)
    spread = rng.sample(list(LEVELS), 6)
    while spread == sorted(spread, key=LEVELS.get):  # nothing to put right
        rng.shuffle(spread)
    tied = ["NORMAL", "LOW", "NORMAL", "LOW", "HIGH", "NORMAL"]
    numbers = ["NORMAL", rng.randint(51, 59), "BELOW_NORMAL", 49, 50, 0]
    for label, zh, levels in (
        ("all priorities differ", "优先级各不相同", spread),
        ("ties", "有相同的优先级", tied),
        ("numbers among the levels", "名称与数字混用", numbers),
        ("none given", "都不指定", [None] * 6),
        ("an unknown level", "未知的级别名", ["NORMAL", "URGENT"]),
        (
            "a number above 100",
            "大于100的数字",
            ["LOW", rng.randint(101, 200)],
        ),
    ):
        come = [list(pair) for pair in zip(names, levels, strict=False)]
        yield Case(label, zh=zh, come=come)


@insertion.observe
def registered(register, come):
    """The names in the order in which they would run, or the kind of error."""
    hooks = []
    try:
        for name, priority in come:
            hook = SimpleNamespace(name=name, priority=50)
            given = [] if priority is None else [priority]
            register(hooks, hook, *given)
    except (KeyError, ValueError) as error:
        return type(error).__name__
    return " → ".join(hook.name for hook in hooks)


@insertion.check
def by_priority(got, case):
    return [
        equal(got, wanted(case.come), en="order", zh="顺序"),
        table(
            (("registered", "注册"), ("priority", "优先级")),
            case.come,
            en="In the order of registration",
            zh="按注册的先后",
        ),
    ]


def wanted(come):
    kinds = [p for _, p in come]
    if any(isinstance(p, str) and p not in LEVELS for p in kinds):
        return "KeyError"
    if any(isinstance(p, int) and not 0 <= p <= 100 for p in kinds):
        return "ValueError"
    places = [LEVELS.get(p, 50 if p is None else p) for p in kinds]
    order = sorted(range(len(come)), key=lambda i: (places[i], i))
    return " → ".join(come[i][0] for i in order)


@insertion.answer
def register_hook(hooks, hook, priority="NORMAL"):
    if isinstance(priority, str):
        priority = LEVELS[priority]  # KeyError for an unknown one
    if not 0 <= priority <= 100:
        raise ValueError(f"priority {priority} is not in 0..100")
    hook.priority = priority
    place = len(hooks)
    while place > 0 and hooks[place - 1].priority > priority:
        place -= 1
    hooks.insert(place, hook)


def legal(case):
    return not case.label.startswith(("an unknown", "a number"))


def differ(case):
    return legal(case) and case.label != "none given"


@insertion.misconception(
    en="appends: hooks run in the order of registration",
    zh="直接追加：按注册顺序执行",
    on=differ,
    because=(
        "no two hooks could change places",
        "没有可以互换位置的两个Hook",
    ),
)
def appends(hooks, hook, priority="NORMAL"):
    register_hook([], hook, priority)
    hooks.append(hook)


@insertion.misconception(
    en="runs the larger number first",
    zh="数值大的先执行",
    on=differ,
    because=(
        "no two hooks could change places",
        "没有可以互换位置的两个Hook",
    ),
)
def larger_first(hooks, hook, priority="NORMAL"):
    register_hook([], hook, priority)
    hooks.append(hook)
    hooks.sort(key=lambda each: -each.priority)


@insertion.misconception(
    en="lets the latest go first among equals",
    zh="优先级相同时，后注册的先执行",
    on=lambda case: (
        case.label in ("ties", "none given", "numbers among the levels")
    ),
    because=("there are no ties", "没有相同的优先级"),
)
def latest_first(hooks, hook, priority="NORMAL"):
    register_hook([], hook, priority)
    hooks.insert(0, hook)
    hooks.sort(key=lambda each: each.priority)


@insertion.misconception(
    en="takes an unknown level for NORMAL",
    zh="未知级别按NORMAL处理",
    on=lambda case: case.label == "an unknown level",
    because=("all levels are known", "级别都合法"),
)
def forgives(hooks, hook, priority="NORMAL"):
    register_hook(
        hooks,
        hook,
        LEVELS.get(priority, 50) if isinstance(priority, str) else priority,
    )


@in_mmengine.check
def as_ours(register, case):
    return by_priority(registered(register, case.come), case)


@in_mmengine.answer
def real_register_hook(hooks, hook, priority=None):
    runner = importlib.import_module("mmengine.runner").Runner
    hook = real_hook(hook)
    runner.register_hook(SimpleNamespace(_hooks=hooks), hook, priority)


def real_hook(hook):
    made = importlib.import_module("mmengine.hooks").Hook()
    made.name = hook.name
    return made


@in_mmengine.misconception(
    en="appends: hooks run in the order of registration",
    zh="直接追加：按注册顺序执行",
    on=differ,
    because=(
        "no two hooks could change places",
        "没有可以互换位置的两个Hook",
    ),
)
def simply_appends(hooks, hook, priority="NORMAL"):
    appends(hooks, hook, priority)


@in_mmengine.misconception(
    en="runs the larger number first",
    zh="数值大的先执行",
    on=differ,
    because=(
        "no two hooks could change places",
        "没有可以互换位置的两个Hook",
    ),
)
def by_falling_numbers(hooks, hook, priority="NORMAL"):
    larger_first(hooks, hook, priority)


calls = Claim(
    "calls",
    en="every_n_train_iters counts all iterations of a training, epochs and short last batches included: ⌊E·⌈N/B⌉/n⌋ calls",
    zh="every_n_train_iters按整个训练的迭代数计数，跨epoch累计，末尾不满的batch也算：共触发⌊E·⌈N/B⌉/n⌋次",
    on="cpu",
)
calls_in_mmengine = Claim(
    "calls_in_mmengine",
    en="A hook in mmengine's Runner acts ⌊E·⌈N/B⌉/n⌋ times",
    zh="mmengine的Runner中，这样的Hook共触发⌊E·⌈N/B⌉/n⌋次",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)


@calls_in_mmengine.cases
@calls.cases
def trainings(rng):
    def draw():
        batch, full = rng.choice([8, 16, 32]), rng.randint(3, 9)
        samples = batch * full + rng.randint(1, batch - 1)
        return {
            "samples": samples,
            "batch": batch,
            "epochs": rng.randint(3, 9),
            "n": rng.choice([2, 3, 4, 5, 10]),
        }

    for _ in range(4):
        given = calls.telling(draw)
        yield Case(
            f"N={given['samples']}, B={given['batch']}, E={given['epochs']}, n={given['n']}",
            given=given,
        )


@calls.truth(rel=0)
def run_the_loop(case):
    """A training loop with MMEngine's counters and a hook that counts its calls."""
    runner, acted = SimpleNamespace(iter=0), 0
    samples = list(range(case.given["samples"]))
    for _ in range(case.given["epochs"]):
        for start in range(0, len(samples), case.given["batch"]):
            assert samples[start : start + case.given["batch"]]
            if (runner.iter + 1) % case.given["n"] == 0:  # after_train_iter
                acted += 1
            runner.iter += 1
    return acted


@calls_in_mmengine.truth(rel=0)
def run_the_runner(case):
    return acted(**case.given)


@functools.cache
def acted(samples, batch, epochs, n):
    """What mmengine's own Runner says, on a model of one weight."""
    base = importlib.import_module("mmengine.hooks").Hook

    class Counts(base):
        times = 0

        def after_train_iter(self, runner, *_given, **_named):
            self.times += self.every_n_train_iters(runner, n)

    hook = Counts()
    with tempfile.TemporaryDirectory() as folder:
        real_runner(samples, batch, epochs, folder, hook).train()
        logging.shutdown()
    return hook.times


def real_runner(samples, batch, epochs, folder, hook):
    # the runner loads matplotlib, which would leave its list of fonts at home
    os.environ["MPLCONFIGDIR"] = os.environ["XDG_CACHE_HOME"] = folder
    module = importlib.import_module("mmengine.model").BaseModel
    default = [
        "runtime_info",
        "timer",
        "sampler_seed",
        "logger",
        "param_scheduler",
        "checkpoint",
    ]

    class Model(module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(()))

        def forward(self, inputs, mode="tensor"):
            return {"loss": (torch.stack(inputs) * self.w).mean()}

    data = torch.utils.data.TensorDataset(torch.randn(samples))
    loader = torch.utils.data.DataLoader(
        data,
        batch,
        collate_fn=lambda rows: {"inputs": [x for (x,) in rows]},
    )
    return importlib.import_module("mmengine.runner").Runner(
        Model(),
        folder,
        train_dataloader=loader,
        train_cfg={"by_epoch": True, "max_epochs": epochs},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.01}},
        default_hooks=dict.fromkeys(default),
        custom_hooks=[hook],
        log_level="CRITICAL",
        experiment_name=folder,
    )


@calls_in_mmengine.answer
@calls.answer
def over_the_training(samples, batch, epochs, n):
    return epochs * -(-samples // batch) // n


@calls_in_mmengine.misconception(
    en="begins to count anew in every epoch", zh="每个epoch重新计数"
)
@calls.misconception(
    en="begins to count anew in every epoch", zh="每个epoch重新计数"
)
def by_epoch(samples, batch, epochs, n):
    return epochs * (-(-samples // batch) // n)


@calls_in_mmengine.misconception(
    en="leaves out the short last batch", zh="不算末尾不满的batch"
)
@calls.misconception(
    en="leaves out the short last batch", zh="不算末尾不满的batch"
)
def full_batches(samples, batch, epochs, n):
    return epochs * (samples // batch) // n


@calls.misconception(
    en="acts where iter is a multiple of n, 0 included",
    zh="在iter为n的倍数时触发，含第0次",
)
def from_zero(samples, batch, epochs, n):
    return -(-epochs * -(-samples // batch) // n)


@calls.misconception(
    en="acts in every epoch's last iteration besides",
    zh="每个epoch的最后一次迭代也会触发",
)
def and_at_the_end(samples, batch, epochs, n):
    return over_the_training(samples, batch, epochs, n) + epochs


if __name__ == "__main__":
    main()
