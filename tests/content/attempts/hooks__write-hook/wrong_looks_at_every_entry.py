import torch


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        n = self.interval
        due = n and (runner.iter + 1) % n == 0
        if due and not all(torch.isfinite(x) for x in outputs.values()):
            raise RuntimeError("invalid loss")
