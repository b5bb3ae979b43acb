from torch.utils import data


class Stream(data.IterableDataset):
    def __init__(self, records):
        super().__init__()
        self.records = tuple(records)

    def __iter__(self):
        worker = data.get_worker_info()
        for place, record in enumerate(self.records):
            if worker is None or place % worker.num_workers == worker.id:
                yield record
