"""Speed as a ratio of two subjects timed in pairs, in one run.

No bound is an absolute time. Each pair runs the two one after the other, in an order that
alternates, so that what disturbs the machine disturbs both; the statistic is the median of the
pairs' ratios. On a CPU the clock is the thread's own processor time: on a loaded machine a ratio of
wall-clock times wanders by a factor of ten where this one stays within a few per cent. On a GPU
the clock is a pair of CUDA events.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from quizapp.proof.evidence import Span
from quizapp.proof.say import Say

Work = Callable[[], Any]
Clock = Callable[[Work, int], float]

ROUNDS = (15, 31, 63, 127)
"""Numbers of pairs after which the interval is looked at; a clear one ends the measurement."""

Z = 3.5
"""Width of the interval in standard normal deviations: 99.95 % each look, so that four looks stay above 99.8 %."""


def faster(baseline: Work, candidate: Work, at_most: float, *, device: str = "cpu", en: str = "", zh: str = "") -> Span:
    """``candidate`` must take at most ``at_most`` times as long as ``baseline``.

    Measures up to 127 interleaved pairs and stops as soon as the interval of the median ratio
    lies wholly on one side of the bound; undecided where it never does.
    """
    clock = cuda_clock if device.startswith("cuda") else cpu_clock
    ratios = _Ratios(baseline, candidate, clock)
    for rounds in ROUNDS:
        low, middle, high = median_interval(ratios.upto(rounds))
        span = Span(
            Say(en or "time / baseline's time", zh or "耗时 / 基准耗时"), low, middle, high, "<=", at_most, rounds
        )
        if span.accepted is not None:
            return span
    return span


def median_interval(ratios: list[float]) -> tuple[float, float, float]:
    """Low end, median and high end of a distribution-free interval for the median.

    The ends are order statistics whose ranks lie ``Z`` binomial deviations from the middle (the
    sign test turned round; David and Nagaraja, Order Statistics, section 7.1). Needs 13 values or more.
    """
    ordered, n = sorted(ratios), len(ratios)
    reach = Z * math.sqrt(n) / 2
    low, high = math.floor((n - 1) / 2 - reach), math.ceil((n - 1) / 2 + reach)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return ordered[max(0, low)], middle, ordered[min(n - 1, high)]


def cpu_clock(work: Work, times: int) -> float:
    """Processor seconds of this thread for ``times`` runs. Right only while torch uses one thread."""
    began = time.thread_time()
    for _ in range(times):
        work()
    return time.thread_time() - began


def cuda_clock(work: Work, times: int) -> float:
    """Seconds on the GPU between two events around ``times`` runs."""
    import torch

    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(times):
        work()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end)) / 1000


class _Ratios:
    """Ratios of interleaved pairs, measured as they are asked for."""

    SLICE = 0.004  # seconds of each measurement: long against the clock's grain, short against drift

    def __init__(self, baseline: Work, candidate: Work, clock: Clock) -> None:
        self.baseline, self.candidate, self.clock = baseline, candidate, clock
        self.times = self._calibrated()
        self.values: list[float] = []

    def upto(self, rounds: int) -> list[float]:
        while len(self.values) < rounds:
            self.values.append(self._pair(candidate_first=len(self.values) % 2 == 1))
        return self.values

    def _pair(self, *, candidate_first: bool) -> float:
        first, second = (self.candidate, self.baseline) if candidate_first else (self.baseline, self.candidate)
        one, other = self.clock(first, self.times), self.clock(second, self.times)
        candidate, baseline = (one, other) if candidate_first else (other, one)
        return candidate / max(baseline, 1e-9)

    def _calibrated(self) -> int:
        """How often to repeat within a slice; the runs also warm caches, allocators and kernels."""
        self.clock(self.candidate, 3)
        self.clock(self.baseline, 3)
        once = self.clock(self.baseline, 3) / 3
        return max(1, min(10_000, round(self.SLICE / max(once, 1e-7))))
