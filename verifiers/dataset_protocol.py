"""What a DataLoader asks of a dataset, and how many batches it makes of a stream that its workers share out."""

from functools import cache
from unittest import mock

import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset
from torch.utils.data._utils import worker

from quizapp.proof import Case, Claim, equal, main, table

needs = Claim(
    "needs",
    en="A map-style dataset needs __getitem__ (or __getitems__), and __len__ only where the loader makes the sampler; an "
    "IterableDataset needs __iter__ alone",
    zh="映射式数据集只需__getitem__（或__getitems__），由DataLoader自建采样器时才需要__len__；IterableDataset只需__iter__",
    on="cpu",
)

METHODS = {
    "__init__": lambda self: None,
    "__len__": lambda self: self.size,
    "__getitem__": lambda self, index: float(index),
    "__getitems__": lambda self, indices: [float(i) for i in indices],
    "__iter__": lambda self: iter(map(float, range(self.size))),
}
PARENTS = {"Dataset": (Dataset,), "IterableDataset": (IterableDataset,)}
DATASETS = (  # parent, methods of its own, what the loader is given
    ("Dataset", "__init__ __len__ __getitem__", ""),
    ("Dataset", "__len__ __getitem__", "shuffle"),
    ("Dataset", "__getitem__", ""),
    ("Dataset", "__getitem__", "shuffle"),
    ("Dataset", "__getitem__", "sampler"),
    ("Dataset", "__getitem__", "batch_sampler"),
    ("Dataset", "__init__ __len__", ""),
    ("Dataset", "__len__ __getitems__", ""),
    ("object", "__len__ __getitem__", ""),
    ("object", "__iter__", ""),
    ("object", "__len__ __iter__", ""),
    ("IterableDataset", "__iter__", ""),
    ("IterableDataset", "__iter__", "shuffle"),
    ("IterableDataset", "__iter__", "sampler"),
    ("IterableDataset", "__init__ __iter__", "batch_sampler"),
)


@needs.cases
def datasets(rng):
    for parent, methods, option in DATASETS:
        given = f", {option}=…" if option else ""
        yield Case(
            f"parent {parent}: {methods}{given}",
            zh=f"父类{parent}：{methods}{given}",
            parent=parent,
            methods=set(methods.split()),
            option=option,
            made=(parent, methods, option),
            size=rng.randint(5, 12),
            batch=rng.randint(2, 4),
        )


@needs.check
def by_loading(works, case):
    said = works(case.parent, case.methods, case.option)
    loaded = outcome(*case.made, case.size, case.batch)
    found = [
        equal(
            said,
            loaded == [float(i) for i in range(case.size)],
            en="loads every sample",
            zh="能读出全部样本",
        )
    ]
    first = case.made == DATASETS[0]
    return [*found, overview(case.size, case.batch)] if first else found


def overview(size, batch):
    rows = []
    for made in DATASETS:
        loaded = outcome(*made, size, batch)
        rows.append((*made, len(loaded) or "—"))
    return table(
        (
            ("parent", "父类"),
            ("methods of its own", "自己的方法"),
            ("given", "另给"),
            ("loaded", "读出"),
        ),
        rows,
        en=f"What a loader makes of {size} samples",
        zh=f"DataLoader读取 {size} 个样本的结果",
    )


def outcome(parent, methods, option, size, batch):
    """What a loader reads from such a dataset, sorted; nothing where it refuses."""
    dataset = class_with(parent, methods)()
    dataset.size = size
    options = {
        "": {"batch_size": batch},
        "shuffle": {"batch_size": batch, "shuffle": True},
        "sampler": {"batch_size": batch, "sampler": range(size)},
        "batch_sampler": {"batch_sampler": [[i] for i in range(size)]},
    }[option]
    try:
        loader = DataLoader(dataset, **options)
        return sorted(torch.cat(list(loader)).tolist())
    except (TypeError, ValueError, NotImplementedError):
        return []


@cache
def class_with(parent, methods):
    """A class that defines these methods and no others."""
    body = {name: METHODS[name] for name in methods.split()}
    return type("Made", PARENTS.get(parent, ()), body)


@needs.answer
def by_its_style(parent, methods, option):
    if parent == "IterableDataset":  # no index is ever asked for
        return "__iter__" in methods and option == ""
    by_index = methods & {"__getitem__", "__getitems__"}
    own_sampler = option in ("sampler", "batch_sampler")
    return bool(by_index) and ("__len__" in methods or own_sampler)


@needs.misconception(
    en="it needs three methods: __init__, __len__ and __getitem__",
    zh="必须实现__init__、__len__、__getitem__三个方法",
    on=lambda case: (
        "__init__" not in case.methods and by_its_style(*asked(case))
    ),
    because=(
        "this one has all three, or does not load either way",
        "三个方法都有，或者本来就读不出来",
    ),
)
def all_three(parent, methods, option):
    return {"__init__", "__len__", "__getitem__"} <= methods


@needs.misconception(
    en="it needs __len__, whoever draws the indices",
    zh="不管下标由谁产生，都必须有__len__",
    on=lambda case: (
        "__len__" not in case.methods and by_its_style(*asked(case))
    ),
    because=(
        "the others have __len__, or do not load indeed",
        "其余的有__len__，或者确实读不出来",
    ),
)
def length_always(parent, methods, option):
    return "__len__" in methods and by_its_style(parent, methods, option)


@needs.misconception(
    en="it never needs __len__: the loader goes on until an IndexError",
    zh="永远不需要__len__，读到IndexError自然就停了",
    on=lambda case: (
        "__getitem__" in case.methods and not by_its_style(*asked(case))
    ),
    because=(
        "elsewhere the length is known, or does not decide",
        "别处长度已知，或不起决定作用",
    ),
)
def length_never(parent, methods, option):
    return by_its_style(parent, methods | {"__len__"}, option)


@needs.misconception(
    en="it has to inherit from Dataset",
    zh="必须继承Dataset",
    on=lambda case: (
        case.parent == "object" and "__iter__" not in case.methods
    ),
    because=("the others inherit, or fail", "其余的有继承，或者会报错"),
)
def only_by_inheritance(parent, methods, option):
    return parent != "object" and by_its_style(parent, methods, option)


@needs.misconception(
    en="whatever has __iter__ is loaded as a stream",
    zh="只要有__iter__就按可迭代式读取",
    on=lambda case: case.parent == "object" and "__iter__" in case.methods,
    because=(
        "the others have no __iter__, or inherit from IterableDataset",
        "其余的没有__iter__，或者继承了IterableDataset",
    ),
)
def anything_iterable(parent, methods, option):
    if "__iter__" in methods:
        parent = "IterableDataset"
    return by_its_style(parent, methods, option)


@needs.misconception(
    en="a stream can be shuffled by shuffle=True",
    zh="可迭代式数据集也能用shuffle=True打乱",
    on=lambda case: (
        case.parent == "IterableDataset" and case.option == "shuffle"
    ),
    because=("nothing else is a shuffled stream", "其余的不是打乱的数据流"),
)
def shuffled_streams(parent, methods, option):
    option = "" if option == "shuffle" else option
    return by_its_style(parent, methods, option)


def asked(case):
    return case.parent, case.methods, case.option


stream_batches = Claim(
    "stream_batches",
    en="Each worker batches its own share of a stream: Σ ceil(nᵢ / B) batches, nᵢ being the samples of worker i",
    zh="每个worker只用自己那一份数据组批：batch总数为 Σ ceil(nᵢ / B)，nᵢ是第i个worker分到的样本数",
    on="cpu",
)


class Shared(IterableDataset):
    """The numbers below ``size``, dealt out to the workers like cards."""

    def __init__(self, size):
        self.size = size

    def __iter__(self):
        info = worker.get_worker_info()
        return iter(range(info.id, self.size, info.num_workers))


@stream_batches.cases
def streams(rng):
    def draw():
        return {
            "n": rng.randint(20, 60),
            "workers": rng.randint(2, 4),
            "b": rng.choice([4, 5, 8]),
        }

    for _ in range(3):
        given = stream_batches.telling(draw)
        yield Case(
            "N = {n}, W = {workers}, B = {b}".format(**given), given=given
        )


@stream_batches.truth(rel=0)
def by_loading_in_each_worker(case):
    n, workers, b = (case.given[name] for name in ("n", "workers", "b"))
    batches = 0
    for me in range(workers):
        # what get_worker_info() gives in a worker process; here one after the other, in this process
        info = worker.WorkerInfo(
            id=me, num_workers=workers, seed=0, dataset=None
        )
        with mock.patch.object(worker, "_worker_info", info):
            batches += len(list(DataLoader(Shared(n), batch_size=b)))
    return batches


@stream_batches.answer
def each_share_rounded_up(n, workers, b):
    shares = [len(range(me, n, workers)) for me in range(workers)]
    return sum(-(-share // b) for share in shares)


@stream_batches.misconception(
    en="rounds up once, as for a map-style dataset",
    zh="像映射式数据集那样只取一次整",
)
def rounded_up_once(n, workers, b):
    return -(-n // b)


@stream_batches.misconception(
    en="takes the last, short batches for dropped",
    zh="以为不满的batch都被丢弃",
)
def whole_batches_only(n, workers, b):
    return sum(len(range(me, n, workers)) // b for me in range(workers))


@stream_batches.misconception(
    en="counts the whole stream once for each worker, as if it were not shared out",
    zh="把整个数据流按每个worker各算一遍，当作没有分片",
)
def everything_in_each_worker(n, workers, b):
    return workers * -(-n // b)


if __name__ == "__main__":
    main()
