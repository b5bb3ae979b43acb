"""FSRS-6 by the engine agrees with py-fsrs, an independent implementation of the same formulae."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.event import Memory
from quizapp.model.grade import Grade
from quizapp.schedule import DEFAULT_PARAMETERS, Fsrs6

# Largest difference seen over 100,000 reviews of random histories: 5.4e-6 in stability, 2.5e-6 in
# difficulty. 32-bit floats carry seven digits, and errors add up along a history.
RELATIVE_TOLERANCE = 3e-5

MODEL = Fsrs6()
ORACLE = fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
START = datetime(2024, 1, 1, 12, tzinfo=UTC)

grades = st.sampled_from(Grade)
gaps = st.one_of(st.just(0), st.integers(1, 30), st.integers(0, 400))
memories = st.builds(Memory, st.floats(0.01, 3000), st.floats(1, 10))


@given(st.lists(st.tuples(gaps, grades), min_size=1, max_size=25))
def test_memory_and_interval_agree_with_the_oracle_over_whole_days(history: list[tuple[int, Grade]]) -> None:
    memory: Memory | None = None
    card, at = fsrs.Card(card_id=1), START
    for gap, grade in history:
        at += timedelta(days=gap)
        card, _ = ORACLE.review_card(card, fsrs.Rating(grade.value), at)
        memory = MODEL.outcomes(memory, gap)[grade]
        assert memory.stability == pytest.approx(card.stability, rel=RELATIVE_TOLERANCE)
        assert memory.difficulty == pytest.approx(card.difficulty, rel=RELATIVE_TOLERANCE)
        days = MODEL.interval(memory, 0.9)
        assert abs((card.due - at).days - min(max(days, 1), 36500)) <= 0.5 + days * RELATIVE_TOLERANCE
        assert MODEL.retrievability(memory, 7) == pytest.approx(
            ORACLE.get_card_retrievability(card, at + timedelta(days=7)), rel=RELATIVE_TOLERANCE
        )


@given(memories, st.floats(0.5, 0.99))
def test_after_the_interval_recall_has_fallen_to_the_desired_retention(memory: Memory, retention: float) -> None:
    days = MODEL.interval(memory, retention)
    below, above = MODEL.retrievability(memory, math.ceil(days)), MODEL.retrievability(memory, math.floor(days))
    assert below <= retention + 1e-9
    assert above >= retention - 1e-9


@given(memories, st.integers(0, 1000))
def test_a_better_grade_never_leaves_a_weaker_memory(memory: Memory, elapsed: int) -> None:
    after = MODEL.outcomes(memory, elapsed)
    stabilities = [after[grade].stability for grade in Grade]
    assert stabilities == sorted(stabilities)


def test_the_default_parameters_are_the_engines_own() -> None:
    from fsrs_rs_python import DEFAULT_PARAMETERS as ENGINES

    assert pytest.approx(ENGINES, rel=1e-6) == DEFAULT_PARAMETERS
    assert pytest.approx(fsrs.Scheduler().parameters) == DEFAULT_PARAMETERS


def test_negative_days_and_the_weights_of_another_version_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 days"):
        MODEL.outcomes(Memory(1.0, 5.0), -1)
    with pytest.raises(ValueError, match="21"):
        Fsrs6(DEFAULT_PARAMETERS[:19])
    with pytest.raises(ValueError, match="21"):
        Fsrs6((math.nan, *DEFAULT_PARAMETERS[1:]))
