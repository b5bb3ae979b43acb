import torch


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval

    def every_n(self, runner):
        return self.interval > 0 and (runner.iter + 1) % self.interval == 0

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if self.every_n(runner) and not torch.isfinite(outputs["loss"]).all():
            raise FloatingPointError("the loss is NaN or infinite")
