import torch


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval

    def after_train_iter(self, runner):
        n = self.interval
        if n and (runner.iter + 1) % n == 0 and not torch.isfinite(runner.outputs["loss"]):
            raise RuntimeError("invalid loss")
