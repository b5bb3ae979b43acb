from torch.utils.data import IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self, records):
        self.records = records

    def __iter__(self):
        info = get_worker_info()
        me, workers = (info.id, info.num_workers) if info else (0, 1)
        size = -(-len(self.records) // workers)
        start = min(me * size, max(0, len(self.records) - size))
        return iter(self.records[start : start + size])
