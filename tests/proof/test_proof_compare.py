from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.proof import at_least, at_least_if, at_most, close, equal, table
from quizapp.proof.claim import BrokenClaimError, number_close
from quizapp.proof.evidence import Match, Measure

scales = st.floats(1e-30, 1e30)


@given(scales, st.floats(0, 1e-2), st.lists(st.floats(-1, 1), min_size=1, max_size=5))
def test_the_error_is_relative_to_the_largest_entry(scale: float, error: float, entries: list[float]) -> None:
    want = np.array([1.0, *entries]) * scale
    got = want + np.eye(1, len(want), len(want) - 1)[0] * error * scale
    finding = close(got, want, 1e-3)
    assert isinstance(finding, Measure)
    assert finding.value == pytest.approx(error, rel=1e-6, abs=1e-15)


def test_an_entry_near_zero_is_not_held_to_its_own_scale() -> None:
    assert close(np.array([1.0, 1e-12]), np.array([1.0, 0.0]), 1e-9).accepted


def test_a_wrong_shape_is_told_as_a_shape() -> None:
    finding = close(np.ones((2, 3)), np.ones((3, 2)), 1e-3)
    assert isinstance(finding, Match)
    assert (finding.accepted, finding.say.en, finding.got, finding.want) == (False, "shape", "2×3", "3×2")
    assert not close(np.ones(1), 1.0, 1e-3).accepted, "broadcasting must not make shapes agree"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_never_close(bad: float) -> None:
    assert not close(bad, 1.0, 0.5).accepted
    assert not close(1.0, bad, 0.5).accepted
    assert not close(bad, bad, 0.5).accepted
    with np.errstate(invalid="ignore"):
        assert not close(np.array([1.0, bad]), np.array([1.0, bad]), 0.5).accepted
        assert not close(np.array([1.0, bad]), np.array([1.0, 1.0]), 0.5).accepted


def test_zero_is_close_only_to_zero() -> None:
    assert close(0.0, 0.0, 1e-6).accepted
    assert close(np.zeros(3), np.zeros(3), 1e-6).accepted
    for got, want in ((1e-300, 0.0), (np.full(3, 1e-300), np.zeros(3))):
        finding = close(got, want, 1e-6)
        assert not finding.accepted
        assert finding.margin < 0


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1e-9, 0.5))
def test_a_number_is_close_to_itself(number: float, rel: float) -> None:
    assert close(number, number, rel).accepted


def test_at_most_and_at_least_bound_the_two_sides() -> None:
    assert [at_most(value, 1, en="", zh="").accepted for value in (0.9, 1.0, 1.1)] == [True, True, False]
    assert [at_least(value, 1, en="", zh="").accepted for value in (0.9, 1.0, 1.1)] == [False, True, True]


def test_what_was_foretold_is_right_on_its_own_side_and_nothing_is_right_between_the_bounds() -> None:
    def accepted(said: bool, value: float, below: float | None = None) -> bool:
        return at_least_if(said, value, 3, below=below, en="", zh="").accepted

    assert [accepted(True, value) for value in (2.9, 3, 3.1)] == [False, True, True]
    assert [accepted(False, value) for value in (2.9, 3, 3.1)] == [True, True, False]
    assert [accepted(said, 2, below=1) for said in (True, False)] == [False, False]
    assert accepted(False, 1, below=1)
    with pytest.raises(ValueError, match=r"below=4 is over the bound 3"):
        accepted(True, 5, below=4)


def test_equal_compares_what_is_written() -> None:
    assert equal((2, 3), [2, 3], en="", zh="").accepted
    assert equal("a", "a", en="", zh="").accepted
    assert not equal((2, 3), (3, 2), en="", zh="").accepted
    assert not equal(2, 3, en="", zh="").accepted


def test_a_table_writes_floats_with_four_figures() -> None:
    assert table(("name", "value"), [("pi", math.pi), ("n", 3)], en="", zh="").rows[1:] == (("pi", "3.142"), ("n", "3"))


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_tolerance_zero_asks_for_the_exact_integer(got: int, want: int) -> None:
    assert number_close(got, want, 0).accepted == (got == want)
    assert number_close(float(got), want, 0).accepted == (got == want)


@given(st.integers(1, 10**6), st.floats(1e-9, 0.4))
def test_tolerance_zero_takes_nothing_between_two_integers(want: int, off: float) -> None:
    assert not number_close(want + off, want, 0).accepted


@given(st.floats(1e-6, 1e6), st.sampled_from([0.01, 0.02, 0.1]), st.sampled_from([-1, 1]))
def test_a_relative_tolerance_ends_where_it_says(want: float, rel: float, sign: int) -> None:
    assert number_close(want * (1 + sign * rel * 0.99), want, rel).accepted
    assert not number_close(want * (1 + sign * rel * 1.01), want, rel).accepted


@pytest.mark.parametrize("rel", [0, 0.01])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_no_number_answers_a_question_without_a_finite_truth(bad: float, rel: float) -> None:
    with pytest.raises(BrokenClaimError, match="finite"):
        number_close(bad, bad, rel)
    assert not number_close(bad, 3, rel).accepted
