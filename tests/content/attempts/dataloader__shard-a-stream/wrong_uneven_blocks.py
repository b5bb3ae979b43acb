from torch.utils.data import IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self, records):
        self.records = records

    def __iter__(self):
        info = get_worker_info()
        me, workers = (info.id, info.num_workers) if info else (0, 1)
        size = len(self.records) // workers
        end = len(self.records) if me == workers - 1 else (me + 1) * size
        return iter(self.records[me * size : end])
