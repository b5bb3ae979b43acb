"""A hook that looks every n iterations: when it finds an invalid loss, and how it is written."""

import logging
import math
from types import SimpleNamespace

import torch

from quizapp.proof import Case, Claim, equal, main, note

poisoned = Claim(
    "poisoned",
    en="Found by a hook after every n-th iteration, a NaN that came in iteration t has gone through ⌈t/n⌉·n − t + 1 steps",
    zh="每n次迭代在更新后检查一次，则第t次迭代出现的NaN被发现时，已用NaN更新了 ⌈t/n⌉·n − t + 1 步",
    on="cpu",
)


@poisoned.cases
def intervals(rng):
    def draw():
        n = rng.choice([10, 20, 50, 100])
        return {"n": n, "t": n * rng.randint(1, 9) + rng.randint(2, n - 2)}

    for _ in range(4):
        given = poisoned.telling(draw)
        yield Case(f"t={given['t']}, n={given['n']}", given=given)


@poisoned.truth(rel=0)
def count_the_steps(case):
    """The loop of mmengine's EpochBasedTrainLoop, with the steps counted that a NaN went into."""
    t, n = case.given["t"], case.given["n"]
    iteration, bad_steps = 0, 0
    while True:
        nan = iteration + 1 >= t
        bad_steps += nan  # the step is taken in train_step
        if (iteration + 1) % n == 0 and nan:  # after_train_iter
            return bad_steps
        iteration += 1


@poisoned.answer
def until_the_next_check(t, n):
    return -(-t // n) * n - t + 1


@poisoned.misconception(
    en="leaves out the step of iteration t itself",
    zh="漏掉第t次迭代自己的那一步",
)
def after_t(t, n):
    return -(-t // n) * n - t


@poisoned.misconception(en="a whole interval", zh="整整一个间隔")
def whole_interval(t, n):
    return n


@poisoned.misconception(
    en="counts from the last check to t", zh="从上一次检查数到t"
)
def since_the_last_check(t, n):
    return t % n


@poisoned.misconception(
    en="one: it is found at once", zh="只有1步：当场就发现"
)
def found_at_once(t, n):
    return 1


invalid_loss = Claim(
    "invalid_loss",
    en="A check every n iterations counts runner.iter + 1, looks for inf as well as NaN, and has MMEngine's signature",
    zh="每n次迭代检查一次：以 runner.iter + 1 计数，inf与NaN都要查，并采用MMEngine的函数签名",
)
STOPS = (ValueError, RuntimeError, ArithmeticError, AssertionError)


@invalid_loss.cases
def losses(rng):
    """Some losses, the iteration that the training resumes at, and how long an epoch is."""
    for en, zh, interval, start, kind, bad in (
        (
            "NaN from some iteration on",
            "某次迭代起为NaN",
            5,
            0,
            "nan",
            rng.randint(10, 13),
        ),
        ("inf", "正无穷", 4, 0, "inf", rng.randint(8, 10)),
        ("−inf", "负无穷", 3, 0, "-inf", rng.randint(6, 7)),
        ("resumed in iteration 7", "从第7次迭代恢复训练", 5, 7, "nan", 3),
        (
            "one NaN between two checks",
            "两次检查之间仅一次NaN",
            5,
            0,
            "one",
            12,
        ),
        (
            "the default interval",
            "默认间隔",
            None,
            0,
            "nan",
            rng.randint(5, 40),
        ),
        ("interval 0", "间隔为0", 0, 0, "nan", 3),
        ("every loss is finite", "loss始终有限", 3, 0, "fine", 9),
    ):
        series = [rng.uniform(0.1, 3.0) for _ in range(60)]
        for place in range(bad, 60):
            if kind in ("nan", "inf", "-inf"):
                series[place] = float(kind)
        if kind == "one":
            series[bad] = math.nan
        yield Case(
            en,
            zh=zh,
            losses=torch.tensor(series, device=rng.device),
            interval=interval,
            start=start,
            epoch=rng.choice([7, 8, 11]),
        )


@invalid_loss.observe
def stopped_at(kind, losses, interval, start, epoch):
    """After which iteration, counted from 1, the hook stops the training; 0 where it never does."""
    hook = kind() if interval is None else kind(interval=interval)
    runner = SimpleNamespace(
        iter=start, epoch=0, logger=logging.getLogger()
    )
    for place, loss in enumerate(losses):
        outputs = {"loss": loss, "acc": torch.tensor(float("nan"))}
        try:
            hook.after_train_iter(
                runner,
                batch_idx=place % epoch,
                data_batch={"inputs": []},
                outputs=outputs,
            )
        except STOPS:
            return runner.iter + 1
        runner.iter += 1
        runner.epoch += (place + 1) % epoch == 0
    return 0


@invalid_loss.check
def at_the_first_check(got, case):
    n = 50 if case.interval is None else case.interval
    bad = [
        case.start + place + 1
        for place, loss in enumerate(case.losses.tolist())
        if not math.isfinite(loss)
    ]
    checked = [each for each in bad if n > 0 and each % n == 0]
    want = checked[0] if checked else 0
    return [
        equal(
            got,
            want,
            en="stopped after iteration (0: never)",
            zh="在第几次迭代后停止（0：不停）",
        ),
        note(
            f"The first invalid loss comes in iteration {bad[0] if bad else '-'}.",
            f"首个无效loss出现在第{bad[0] if bad else '-'}次迭代。",
        ),
    ]


@invalid_loss.answer
class CheckInvalidLossHook:  # in MMEngine: (Hook), and registered
    def __init__(self, interval=50):
        self.interval = interval

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ):
        n = self.interval
        due = n > 0 and (runner.iter + 1) % n == 0
        if due and not torch.isfinite(outputs["loss"]):
            raise RuntimeError(f"invalid loss, {runner.iter=}")


def finds_it(case):
    return case.label not in (
        "interval 0",
        "every loss is finite",
        "one NaN between two checks",
    )


@invalid_loss.misconception(
    en="has the signature of MMCV 1.x, and looks into runner.outputs",
    zh="沿用MMCV 1.x的签名，去读runner.outputs",
    raises=(TypeError,),
)
class OldSignature(CheckInvalidLossHook):
    def after_train_iter(self, runner):
        super().after_train_iter(runner, 0, None, runner.outputs)


@invalid_loss.misconception(
    en="counts by batch_idx, which begins anew in every epoch",
    zh="用batch_idx计数，而它每个epoch从头开始",
    on=lambda case: case.label == "the default interval",
    because=(
        "there may be a check in time by chance",
        "可能碰巧按时检查到",
    ),
)
class CountsInTheEpoch(CheckInvalidLossHook):
    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ):
        inner = SimpleNamespace(iter=batch_idx)
        super().after_train_iter(inner, batch_idx, data_batch, outputs)


@invalid_loss.misconception(
    en="takes runner.iter for a count from 1",
    zh="把runner.iter当作从1开始的计数",
    on=finds_it,
    because=("no check finds anything", "没有一次检查能发现问题"),
)
class OneLate(CheckInvalidLossHook):
    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ):
        if self.interval and runner.iter % self.interval == 0:
            stop_with(outputs["loss"])


def stop_with(loss):
    if not torch.isfinite(loss):
        raise RuntimeError("invalid loss")


@invalid_loss.misconception(
    en="looks for NaN only",
    zh="只检查NaN",
    on=lambda case: "inf" in case.label and "interval" not in case.label,
    because=("no loss is infinite", "没有无穷大的loss"),
)
class NanOnly(CheckInvalidLossHook):
    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ):
        nan = {
            "loss": torch.where(outputs["loss"].isnan(), outputs["loss"], 0)
        }
        super().after_train_iter(runner, batch_idx, data_batch, nan)


if __name__ == "__main__":
    main()
