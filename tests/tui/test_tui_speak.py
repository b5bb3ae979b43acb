"""Numbers and spans of time, typed and told."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.words import Lang
from quizapp.tui.speak import NumberError, duration, figures, interval, parse_number


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12), ("-3", -3), ("1.5e-3", 0.0015), ("3/4", 0.75), ("-1/8", -0.125), ("12%", 0.12), (" 1,024 ", 1024),
        ("1,234,567.5", 1234567.5), (".5", 0.5), ("5.", 5), ("1E3", 1000), ("１２", 12), ("−2", -2), ("50％", 0.5),
        ("1 000", 1000), ("1e2/4", 25),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, value: float) -> None:
    assert parse_number(typed) == pytest.approx(value)


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("", "no number"), ("abc", "abc"), ("3,5", "thousands"), ("1,02", "thousands"), ("1/0", "zero"),
        ("1e999", "too large"), ("1e308/1e-308", "too large"), ("inf", "inf"), ("nan", "nan"), ("1/2/3", "1/2/3"),
        ("0x10", "0x10"), ("1_000", "1_000"), ("--1", "--1"), ("%", "%"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_told_why(typed: str, complaint: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_number(typed)
    assert complaint in caught.value.says.en
    assert caught.value.says.zh != caught.value.says.en


@given(st.text(max_size=30))
def test_any_typing_is_a_finite_number_or_a_complaint(typed: str) -> None:
    with contextlib.suppress(NumberError):
        assert math.isfinite(parse_number(typed))


@given(st.floats(-1e300, 1e300))
def test_a_figure_can_be_typed_back(value: float) -> None:
    assert parse_number(figures(value)) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("days", "en", "zh"),
    [
        (0, "later today", "今天稍后"),
        (1, "1 day", "1 天"),
        (30, "30 days", "30 天"),
        (31, "1 month", "1 个月"),
        (76, "2.5 months", "2.5 个月"),
        (364, "12 months", "12 个月"),
        (365, "1 year", "1 年"),
        (550, "1.5 years", "1.5 年"),
        (36500, "99.9 years", "99.9 年"),
    ],
)
def test_intervals_are_said_in_the_unit_that_fits(days: int, en: str, zh: str) -> None:
    assert interval(days, Lang.EN) == en
    assert interval(days, Lang.ZH) == zh


def test_durations_round_to_seconds() -> None:
    assert duration(59_600, Lang.EN) == "1 min 0 s"
    assert duration(12_300, Lang.ZH) == "12 秒"
