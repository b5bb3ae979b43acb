from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.proof import faster, timing
from quizapp.proof.evidence import Span

Work = Callable[[], None]


def one() -> None:
    """A work whose cost the fake clock knows."""


def other() -> None:
    """Another."""


class FakeClock:
    """Charges each work its cost, with log-normal noise and a drift, and counts what it timed."""

    def __init__(self, costs: dict[Work, float], noise: float = 0.05, drift: float = 0.0, seed: int = 0) -> None:
        self.costs, self.noise, self.drift, self.random = costs, noise, drift, random.Random(seed)
        self.calls: list[Work] = []

    def __call__(self, work: Work, times: int) -> float:
        self.calls.append(work)
        slowing = (1 + self.drift) ** len(self.calls)
        return times * self.costs[work] * slowing * math.exp(self.random.gauss(0, self.noise))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Span]:
    def measure(ratio: float, at_most: float, **how: float) -> Span:
        clock = FakeClock({one: 1e-4, other: 1e-4 * ratio}, **how)  # type: ignore[arg-type]  # seed is a whole float
        monkeypatch.setattr(timing, "cpu_clock", clock)
        return faster(one, other, at_most)

    return measure


@pytest.mark.parametrize("rounds", timing.ROUNDS)
def test_the_interval_covers_the_median_as_often_as_it_says(rounds: int) -> None:
    low, _, high = timing.median_interval([float(rank) for rank in range(rounds)])
    # the median lies between the two order statistics where low < B <= high; B values lie below it, binomial(n, 1/2)
    covered = sum(math.comb(rounds, below) for below in range(int(low) + 1, int(high) + 1)) / 2**rounds
    assert covered >= 0.9995


@given(st.lists(st.floats(0.01, 100), min_size=13, max_size=130), st.randoms(use_true_random=False))
def test_the_interval_holds_the_median_in_whatever_order_the_ratios_came(
    ratios: list[float], order: random.Random
) -> None:
    low, middle, high = timing.median_interval(ratios)
    assert low <= middle <= high
    assert middle == pytest.approx(statistics.median(ratios))
    shuffled = order.sample(ratios, len(ratios))
    assert timing.median_interval(shuffled) == (low, middle, high)


@given(st.floats(-0.3, 0.3), st.integers(0, 10**6))
def test_more_pairs_narrow_the_interval(shift: float, seed: int) -> None:
    draws = random.Random(seed)
    ratios = [math.exp(shift + draws.gauss(0, 0.1)) for _ in range(127)]
    widths = [high - low for low, _, high in (timing.median_interval(ratios[:n]) for n in (15, 127))]
    assert widths[1] < widths[0]


def test_a_clear_difference_is_decided_at_the_first_look(measured: Callable[..., Span]) -> None:
    for seed in range(20):
        assert (measured(1 / 3, 0.7, seed=seed).accepted, measured(3, 0.7, seed=seed).accepted) == (True, False)
        assert measured(3, 0.7, seed=seed).pairs == timing.ROUNDS[0]


def test_the_same_work_against_itself_is_never_faster(measured: Callable[..., Span]) -> None:
    spans = [measured(1.0, bound, seed=seed, noise=0.2) for seed in range(100) for bound in (0.9, 1.0)]
    assert not any(span.accepted for span in spans)


def test_a_ratio_on_its_bound_stays_undecided_to_the_last_look(measured: Callable[..., Span]) -> None:
    spans = [measured(0.8, 0.8, seed=seed) for seed in range(30)]
    assert sum(span.accepted is None for span in spans) >= 29
    assert {span.pairs for span in spans if span.accepted is None} == {timing.ROUNDS[-1]}


def test_a_difference_below_the_noise_takes_more_pairs_but_is_found(measured: Callable[..., Span]) -> None:
    span = measured(0.9, 1.0, noise=0.1)
    assert span.accepted is True
    assert span.pairs > timing.ROUNDS[0]


def test_a_machine_that_slows_down_meanwhile_favours_neither(measured: Callable[..., Span]) -> None:
    # without alternation every pair would put the second work 2 % behind
    span = measured(1.0, 1.0, drift=0.02, noise=0.001)
    assert span.accepted is None


def test_pairs_are_interleaved_and_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock({one: 1e-4, other: 1e-4})
    monkeypatch.setattr(timing, "cpu_clock", clock)
    span = faster(one, other, 0.5)
    pairs = clock.calls[-2 * span.pairs :]
    assert pairs == [work for turn in range(span.pairs) for work in ((other, one) if turn % 2 else (one, other))]


@pytest.mark.parametrize("cost", [1e-9, 1e-4, 10.0])
def test_a_slice_repeats_short_works_and_runs_long_ones_once(cost: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "cpu_clock", FakeClock({one: cost, other: cost}, noise=0))
    ratios = timing._Ratios(one, other, timing.cpu_clock)
    assert 1 <= ratios.times <= 10_000
    assert ratios.times == max(1, min(10_000, round(0.004 / max(cost, 1e-7))))


# On the real clock, with works small enough for a loaded machine; ratios only.


def counting(to: int) -> Work:
    def count() -> None:
        for _ in range(to):
            pass

    return count


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing._Ratios, "SLICE", 0.0005)


@pytest.mark.usefixtures("short_slices")
def test_three_times_the_work_is_told_from_a_third_of_it() -> None:
    assert faster(counting(9000), counting(3000), 0.7).accepted is True
    assert faster(counting(3000), counting(9000), 0.7).accepted is False


@pytest.mark.usefixtures("short_slices")
def test_no_difference_never_passes_for_a_speed_up() -> None:
    assert not any(faster(counting(1000), counting(1000), 0.8).accepted for _ in range(25))
