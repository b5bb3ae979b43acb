"""How a stream is shared out to the worker processes of a DataLoader: the stream has to do it itself."""

from unittest import mock

import torch
from torch.utils.data import DataLoader, IterableDataset
from torch.utils.data._utils import worker

from quizapp.proof import Case, Claim, equal, main, table

sharding = Claim(
    "sharding",
    en="Every worker runs the whole __iter__ of its copy of a stream: it has to pick its share by get_worker_info()",
    zh="每个worker都会完整执行自己那份副本的__iter__，所以要靠get_worker_info()自己挑出该读的那一份",
    on="cpu",
)


@sharding.cases
def streams(rng):
    for workers in (3, 2, 4, 1, 0):
        size = rng.choice([10, 11, 13, 14])
        yield Case(
            f"{size} records, num_workers={workers}",
            zh=f"{size} 条记录，num_workers={workers}",
            workers=workers,
            records=rng.sample(range(100), size),
        )
    yield Case(
        "2 records, num_workers=3",
        zh="2 条记录，num_workers=3",
        workers=3,
        records=rng.sample(range(100), 2),
    )


@sharding.observe
def read_in_each_worker(stream, records, workers):
    """What each worker reads in two epochs; without workers, what the main process reads."""
    if workers == 0:
        return [read_twice(stream(list(records)))]
    # made in the main process, as a loader's dataset is; each worker has a copy
    copies = [stream(list(records)) for _ in range(workers)]
    shares = []
    for me, dataset in enumerate(copies):
        info = worker.WorkerInfo(
            id=me, num_workers=workers, seed=2**40 + me, dataset=dataset
        )
        # as get_worker_info() finds it in a worker process, without the process
        with mock.patch.object(worker, "_worker_info", info):
            shares.append(read_twice(dataset))
    return shares


def read_twice(dataset):
    return [list(DataLoader(dataset, batch_size=None)) for _ in range(2)]


@sharding.check
def once_and_evenly(seen, case):
    (first, second) = zip(*seen, strict=True)
    place = {record: i for i, record in enumerate(case.records)}
    read = [record for share in first for record in share]
    orders = [
        [place.get(record, -1) for record in share] for share in first
    ]
    sizes = [len(share) for share in first]
    return [
        equal(
            " ".join(map(str, sorted(read))),
            " ".join(map(str, sorted(case.records))),
            en="records of an epoch, sorted",
            zh="一个epoch读到的记录（排序后）",
        ),
        equal(
            second == first,
            True,
            en="the second epoch is like the first",
            zh="第二个epoch与第一个相同",
        ),
        equal(
            max(sizes) - min(sizes) <= 1,
            True,
            en="shares differ by one record at most",
            zh="各份至多相差一条",
        ),
        equal(
            all(order == sorted(order) for order in orders),
            True,
            en="each share in the records' order",
            zh="每份保持原有顺序",
        ),
        table(
            ("worker", ("records", "记录")),
            [
                (me, " ".join(map(str, share)))
                for me, share in enumerate(first)
            ],
            en="What was read",
            zh="读到的内容",
        ),
    ]


@sharding.answer
class Stream(IterableDataset):
    def __init__(self, records):
        self.records = records

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        if info is None:  # the main process reads everything
            return iter(self.records)
        return iter(self.records[info.id :: info.num_workers])


def several(case):
    return case.workers > 1


ALONE = (
    "a single reader has to read it all",
    "只有一个读取者时本来就要读全部",
)


@sharding.misconception(
    en="the loader shares a stream out by itself",
    zh="DataLoader会自动把数据流分给各worker",
    on=several,
    because=ALONE,
)
class Everything(IterableDataset):
    def __init__(self, records):
        self.records = records

    def __iter__(self):
        return iter(self.records)


@sharding.misconception(
    en="forgets num_workers=0, where get_worker_info() is None",
    zh="忘了num_workers=0时get_worker_info()返回None",
    on=lambda case: case.workers == 0,
    because=("in a worker it is never None", "在worker里它不会是None"),
    raises=(AttributeError,),
)
class WorkersOnly(Everything):
    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        return iter(self.records[info.id :: info.num_workers])


@sharding.misconception(
    en="cuts into floor(n/W) each, and loses the rest",
    zh="每份取 floor(n/W) 条，丢掉余下的",
    on=lambda case: several(case) and len(case.records) % case.workers,
    because=("nothing is left over", "正好分完，没有余数"),
)
class LosesTheRest(Everything):
    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        if info is None:
            return iter(self.records)
        size = len(self.records) // info.num_workers
        return iter(self.records[info.id * size : (info.id + 1) * size])


@sharding.misconception(
    en="asks for the worker's number in the constructor",
    zh="在构造函数里查询worker编号",
    on=several,
    because=ALONE,
)
class AskedInTheConstructor(Everything):
    def __init__(self, records):
        super().__init__(records)
        # it runs in the main process, before there are workers: None
        info = torch.utils.data.get_worker_info()
        if info is not None:
            self.records = records[info.id :: info.num_workers]


if __name__ == "__main__":
    main()
