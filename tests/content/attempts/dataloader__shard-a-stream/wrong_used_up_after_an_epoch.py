from torch.utils.data import IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self, records):
        self.records = records
        self.left = None

    def __iter__(self):
        info = get_worker_info()
        if self.left is None:
            me, workers = (info.id, info.num_workers) if info else (0, 1)
            self.left = iter(self.records[me::workers])
        return self.left
