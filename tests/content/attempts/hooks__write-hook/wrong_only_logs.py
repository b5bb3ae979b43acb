import torch


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        n = self.interval
        if n and (runner.iter + 1) % n == 0 and not torch.isfinite(outputs["loss"]):
            runner.logger.error("invalid loss")
