from torch.utils.data import IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self, records):
        self.records = records

    def __iter__(self):
        info = get_worker_info()
        return iter(self.records if info is None else list(self.records))
