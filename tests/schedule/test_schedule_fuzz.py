"""Intervals in whole days: fuzz that is fixed by the card, and grades in their order."""

from __future__ import annotations

import math
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from quizapp.schedule.fuzz import bounds, draw, intervals, whole_days

drawn = st.one_of(st.none(), st.floats(0, 1, exclude_max=True))
lengths = st.floats(0, 40_000)


def test_a_draw_is_the_same_in_every_process_and_version() -> None:
    code = "from quizapp.schedule.fuzz import draw; print(draw('conv-bn/parity', 3), draw('卡片', 0))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split() == [str(draw("conv-bn/parity", 3)), str(draw("卡片", 0))]
    assert (draw("conv-bn/parity", 3), draw("卡片", 0)) == (0.8021537849943847, 0.8564888817155385)


def test_draws_are_spread_evenly_over_cards_and_repetitions() -> None:
    found = [draw(f"topic/card-{card}", reps) for card in range(50) for reps in range(40)]
    assert all(0 <= number < 1 for number in found)
    tenths = [sum(int(number * 10) == tenth for number in found) for tenth in range(10)]
    assert all(150 <= count <= 250 for count in tenths)  # 200 expected, standard deviation 13


def test_fuzz_widens_by_bands_of_fifteen_ten_and_five_per_cent() -> None:
    assert [bounds(days) for days in (0.2, 1, 2, 2.49, 2.5, 3, 7, 20, 100)] == [
        *((0, 0), (1, 1), (2, 2), (2, 2)),
        *((2, 4), (2, 4), (5, 9), (17, 23), (93, 107)),
    ]


@given(lengths, drawn, st.integers(1, 36500))
def test_days_lie_within_the_fuzz_and_the_limits(length: float, number: float | None, most: int) -> None:
    days = whole_days(length, number, 1, most)
    low, high = bounds(length)
    assert 1 <= days <= most
    assert min(max(low, 1), most) <= days <= min(max(high, 1), most)


@given(st.floats(2.5, 40_000))
def test_every_day_of_the_range_can_be_drawn(length: float) -> None:
    low, high = bounds(length)
    assert whole_days(length, 0.0, 1, 10**6) == low
    assert whole_days(length, math.nextafter(1, 0), 1, 10**6) == high


@given(st.tuples(lengths, lengths, lengths), drawn, st.integers(1, 36500))
def test_grades_stay_in_order_and_apart_below_the_maximum(
    lengths: tuple[float, float, float], number: float | None, most: int
) -> None:
    hard, good, easy = intervals(lengths, drawn=number, apart=1, most=most)
    assert 1 <= hard <= good <= easy <= most
    assert hard < good or good == most
    assert good < easy or easy == most
    assert intervals(lengths[:2], drawn=number, apart=1, most=most) == [hard, good]


@given(st.tuples(lengths, lengths, lengths), drawn)
def test_on_the_same_day_grades_may_share_an_interval(
    lengths: tuple[float, float, float], number: float | None
) -> None:
    hard, good, easy = intervals(lengths, drawn=number, apart=0, most=36500)
    assert 1 <= hard <= good <= easy
    assert intervals((1.0, 1.0, 1.0), drawn=number, apart=0, most=36500) == [1, 1, 1]
