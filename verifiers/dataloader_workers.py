"""What the worker processes of a DataLoader are given, what they repeat, and how far they run ahead."""

import random
import warnings
from functools import cache

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torch.utils.data._utils import worker

from quizapp.proof import Case, Claim, equal, main, table

# a note for those who tune speed: these loaders count, and may have more workers than the machine has processors
warnings.filterwarnings("ignore", "This DataLoader will create")

# fork: the default of macOS and of Python 3.14 would import this script again in each worker
REAL = {
    "multiprocessing_context": "fork",
    "collate_fn": list,
    "timeout": 30,
}

in_flight = Claim(
    "in_flight",
    en="prefetch_factor counts batches for each worker: workers · prefetch_factor are under way at once, and each one "
    "taken starts another",
    zh="prefetch_factor是每个worker的batch数：同时在途的有 worker数 × prefetch_factor 个，每取走一个就补派一个",
    on="cpu",
)


@in_flight.cases
def loaders(rng):
    for _ in range(2):
        given = {
            "workers": rng.randint(2, 3),
            "p": rng.randint(2, 4),
            "b": rng.choice([8, 16, 32]),
            "taken": rng.randint(3, 5),
        }
        yield Case(
            "W = {workers}, P = {p}, B = {b}, taken {taken}".format(
                **given
            ),
            zh="W = {workers}，P = {p}，B = {b}，已取 {taken} 个".format(
                **given
            ),
            given=given,
        )


@in_flight.truth(rel=0)
def by_asking_the_sampler(case):
    return samples_asked_for(**case.given)


@cache
def samples_asked_for(workers, p, b, taken):
    """How many indices the sampler has given away, with worker processes at the other end."""
    asked = []

    def batches():
        for start in range(0, 100 * b, b):
            asked.extend(range(start, start + b))
            yield asked[start:]

    loader = DataLoader(
        range(100 * b),
        batch_sampler=batches(),
        num_workers=workers,
        prefetch_factor=p,
        **REAL,
    )
    iterator = iter(loader)
    for _ in range(taken):
        next(iterator)
    return len(asked)


@in_flight.answer
def workers_times_factor(workers, p, b, taken):
    return (workers * p + taken) * b


@in_flight.misconception(
    en="takes prefetch_factor for the total of all workers",
    zh="以为prefetch_factor是所有worker合计的数目",
)
def factor_is_the_total(workers, p, b, taken):
    return (p + taken) * b


@in_flight.misconception(
    en="takes it for a number of samples",
    zh="以为prefetch_factor数的是样本",
)
def factor_counts_samples(workers, p, b, taken):
    return workers * p + taken * b


@in_flight.misconception(
    en="fetches nothing more before all batches under way are used up",
    zh="以为在途的batch全部取完才会再派新的",
)
def not_refilled(workers, p, b, taken):
    return workers * p * b


@in_flight.misconception(
    en="has each worker prepare one batch at a time",
    zh="以为每个worker一次只准备一个batch",
)
def one_each(workers, p, b, taken):
    return (workers + taken) * b


randomness = Claim(
    "randomness",
    en="Each worker seeds the global generators of torch, NumPy and Python anew; a Generator kept in the dataset is "
    "copied as it is, into every worker and every epoch",
    zh="每个worker都会为torch、NumPy和Python的全局随机数生成器重新设种子；dataset里保存的Generator则原样复制到每个worker、每个epoch",
    on="cpu",
)

SOURCES = {  # where an augmentation's number comes from, and the label in Chinese
    "kept Generator": "dataset里的Generator",
    "reseeded Generator": "重设种子的Generator",
    "torch.rand": "torch.rand",
    "np.random.rand": "np.random.rand",
    "random.random": "random.random",
}


class Augmented(Dataset):
    """Four samples; each is the random numbers that an augmentation would have used for it."""

    def __init__(self, seed):
        self.kept = np.random.default_rng(seed)
        self.reseeded = np.random.default_rng(seed)

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return (
            self.kept.random(),
            self.reseeded.random(),
            torch.rand(()).item(),
            np.random.rand(),
            random.random(),  # noqa: S311  # augmentations do use it
        )


def reseed(_):
    info = worker.get_worker_info()
    info.dataset.reseeded = np.random.default_rng(info.seed)


@randomness.cases
def two_epochs(rng):
    for persistent in (False, True):
        loader = DataLoader(
            Augmented(rng.getrandbits(32)),
            num_workers=2,
            worker_init_fn=reseed,
            persistent_workers=persistent,
            **REAL,
        )
        # epochs × samples × sources
        drawn = torch.tensor(
            [[batch[0] for batch in loader] for _ in range(2)],
            dtype=torch.float64,
        )
        how = "persistent_workers=True" if persistent else "new workers"
        zh = (
            "persistent_workers=True"
            if persistent
            else "每个epoch新建worker"
        )
        for k, (source, name) in enumerate(SOURCES.items()):
            yield Case(
                f"{source}, {how}",
                zh=f"{name}，{zh}",
                source=source,
                persistent=persistent,
                drawn=drawn[..., k],
            )


@randomness.observe
def prediction(predict, source, persistent):
    return predict(source, persistent)


@randomness.check
def counted(seen, case):
    epochs = [len(set(epoch.tolist())) for epoch in case.drawn]
    in_all = len(set(case.drawn.flatten().tolist()))
    return [
        equal(
            seen[0],
            epochs[0],
            en="different numbers among the 4 samples of an epoch",
            zh="一个epoch的4个样本中不同随机数的个数",
        ),
        equal(
            seen[1],
            in_all,
            en="different numbers in two epochs",
            zh="两个epoch中不同随机数的个数",
        ),
        table(
            ("epoch", *["worker 0", "worker 1"] * 2),
            [
                (number, *epoch)
                for number, epoch in enumerate(case.drawn.tolist(), 1)
            ],
            en="The numbers drawn for samples 0 to 3",
            zh="样本0到3抽到的随机数",
        ),
    ]


@randomness.answer
def copied_if_kept(source, persistent):
    if source != "kept Generator":
        return 4, 8
    # both workers hold the same copy; new workers start from it again
    return 2, (4 if persistent else 2)


def global_numpy(case):
    return case.source == "np.random.rand"


def kept(case):
    return case.source == "kept Generator"


ONLY_THERE = ("it is mistaken in that source alone", "只弄错了这一种来源")


@randomness.misconception(
    en="NumPy's global generator is the same in all workers (so it was before PyTorch 1.9)",
    zh="NumPy的全局生成器在各worker里相同（PyTorch 1.9之前确实如此）",
    on=global_numpy,
    because=ONLY_THERE,
)
def numpy_repeats(source, persistent):
    if source == "np.random.rand":
        return 2, (4 if persistent else 2)
    return copied_if_kept(source, persistent)


@randomness.misconception(
    en="the loader seeds a Generator kept in the dataset as well",
    zh="DataLoader也会给dataset里保存的Generator设种子",
    on=kept,
    because=ONLY_THERE,
)
def every_generator_is_seeded(source, persistent):
    return 4, 8


@randomness.misconception(
    en="workers repeat each other, but every epoch brings new numbers",
    zh="worker之间会重复，但每个epoch都会换新的随机数",
    on=lambda case: kept(case) and not case.persistent,
    because=(
        "persistent workers do go on where they stopped",
        "persistent_workers确实会接着往下抽",
    ),
)
def fresh_each_epoch(source, persistent):
    return copied_if_kept(source, persistent=True)


@randomness.misconception(
    en="persistent_workers=True repairs it",
    zh="开persistent_workers=True就能解决",
    on=lambda case: kept(case) and case.persistent,
    because=("without it nothing is repaired", "没开时谈不上解决"),
)
def persistent_repairs(source, persistent):
    return (4, 8) if persistent else copied_if_kept(source, persistent)


if __name__ == "__main__":
    main()
