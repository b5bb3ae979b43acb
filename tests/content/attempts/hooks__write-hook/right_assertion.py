class CheckInvalidLossHook:
    interval = 50

    def __init__(self, interval=None):
        if interval is not None:
            self.interval = interval

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        n = self.interval
        due = n != 0 and runner.iter % n == n - 1
        assert not due or abs(outputs["loss"].item()) < float("inf"), "invalid loss"
