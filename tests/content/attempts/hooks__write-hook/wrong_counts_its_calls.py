import torch


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval
        self.calls = 0

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.calls += 1
        due = self.interval and self.calls % self.interval == 0
        if due and not torch.isfinite(outputs["loss"]):
            raise RuntimeError("invalid loss")
