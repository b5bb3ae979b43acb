import math


class CheckInvalidLossHook:
    def __init__(self, interval=50):
        self.interval = interval

    def after_train_iter(self, runner, **given):
        if not self.interval:
            return
        done = runner.iter + 1
        if done % self.interval:
            return
        loss = float(given["outputs"]["loss"])
        if math.isnan(loss) or math.isinf(loss):
            raise ValueError(f"loss is {loss} after {done} iterations")
