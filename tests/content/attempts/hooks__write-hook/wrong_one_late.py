import torch


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        n, loss = self.interval, outputs["loss"]
        due = n and runner.iter % n == 0
        if due and not torch.isfinite(loss):
            raise RuntimeError("invalid loss")
