from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.proof.compare import curves, heat_map, table
from quizapp.proof.evidence import (
    FAR,
    Curves,
    HeatMap,
    Item,
    Match,
    Measure,
    Note,
    Relation,
    Span,
    Table,
    accepted,
    deciding,
    from_json,
    to_json,
)
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say

RELATIONS: tuple[Relation, ...] = ("<=", ">=")
LABEL = Say("label", "标签")

says = st.builds(Say, st.text(max_size=8), st.text(max_size=8))
numbers = st.floats(allow_nan=True, allow_infinity=True)
bounds = st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_nan=False)
relations = st.sampled_from(RELATIONS)
words = st.text(max_size=8)
measures = st.builds(Measure, says, numbers, relations, bounds)
spans = st.builds(Span, says, numbers, numbers, numbers, relations, bounds, st.integers(1, 200))
matches = st.builds(Match, says, words, words)
findings: st.SearchStrategy[Item] = st.one_of(measures, spans, matches)
widths = st.integers(1, 4)
rows = widths.flatmap(lambda n: st.lists(st.tuples(*[words] * n), min_size=1, max_size=3).map(tuple))
grids = widths.flatmap(lambda n: st.lists(st.tuples(*[numbers] * n), min_size=1, max_size=3).map(tuple))


def lines_over(n: int) -> st.SearchStrategy[Item]:
    row = st.tuples(*[numbers] * n)
    return st.builds(Curves, says, row, st.lists(st.tuples(words, row), min_size=1, max_size=2).map(tuple))


exhibits: st.SearchStrategy[Item] = st.one_of(
    st.builds(Table, says, rows),
    widths.flatmap(lines_over),
    st.builds(HeatMap, says, grids),
    st.builds(Note, says),
)
items = st.one_of(findings, exhibits)
answers = st.sampled_from([True, False, None])
quiet = st.builds(Outcome, words, answers, st.lists(items, max_size=3).map(tuple), st.booleans())
crashed = st.builds(
    Outcome, words, st.just(False), counts=st.booleans(), raised=words, line=st.none() | st.integers(1, 99)
)
outcomes = st.lists(quiet | crashed, max_size=4).map(tuple)
subjects = st.builds(SubjectRecord, words, st.sampled_from(Role), says, outcomes)
proofs = st.builds(
    Proof,
    words,
    says,
    st.sampled_from(Verdict),
    st.integers(0, 2**63),
    words,
    st.floats(0, 1e4).map(lambda seconds: round(seconds, 4)),
    st.lists(subjects, max_size=3).map(tuple),
    st.none() | says,
    st.dictionaries(words, words, max_size=2),
    words,
)


def through_json(data: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(data, allow_nan=False)))


@given(items)
def test_every_item_comes_back_from_json_as_it_was(item: Item) -> None:
    # repr and not ==: it tells a NaN from another number and -0.0 from 0.0
    assert repr(from_json(through_json(to_json(item)))) == repr(item)


@given(quiet | crashed)
def test_every_outcome_comes_back_from_json_as_it_was(outcome: Outcome) -> None:
    assert repr(Outcome.from_json(through_json(outcome.to_json()))) == repr(outcome)


@given(proofs)
def test_every_proof_comes_back_from_json_as_it_was(proof: Proof) -> None:
    assert repr(Proof.from_json(through_json(proof.to_json()))) == repr(proof)


@given(st.lists(findings, min_size=1, max_size=4), st.lists(exhibits, max_size=4), st.randoms(use_true_random=False))
def test_acceptance_follows_from_the_findings_alone(found: list[Item], shown: list[Item], order: Any) -> None:
    together = [*found, *shown]
    order.shuffle(together)
    answers = [item.accepted for item in found if isinstance(item, Measure | Span | Match)]
    expected = False if False in answers else None if None in answers else True
    assert accepted(tuple(together)) is expected


@given(st.lists(exhibits, max_size=4))
def test_exhibits_without_a_finding_decide_nothing(shown: list[Item]) -> None:
    with pytest.raises(ValueError, match="no finding"):
        accepted(tuple(shown))
    assert deciding(tuple(shown)) is None


@given(measures)
def test_a_measure_is_accepted_exactly_where_its_margin_is_not_negative(measure: Measure) -> None:
    assert measure.accepted == (measure.margin >= 0)
    assert -FAR <= measure.margin <= FAR


@given(st.lists(numbers, min_size=3, max_size=3), relations, bounds)
def test_the_margin_of_a_decided_span_agrees_with_its_answer(
    ends: list[float], relation: Relation, bound: float
) -> None:
    low, middle, high = sorted(ends)
    span = Span(LABEL, low, middle, high, relation, bound, 15)
    assert -FAR <= span.margin <= FAR
    if span.accepted is not None:
        assert span.accepted == (span.margin >= 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("relation", RELATIONS)
def test_what_is_no_finite_number_keeps_no_bound(value: float, relation: Relation) -> None:
    measure = Measure(LABEL, value, relation, 1.0)
    assert not measure.accepted
    assert measure.margin == -FAR
    for ends in ((value, 1.0, 1.0), (1.0, value, 1.0), (1.0, 1.0, value)):
        span = Span(LABEL, *ends, relation, 1.0, 15)
        assert span.accepted is False
        assert span.margin == -FAR


def test_a_span_is_undecided_while_it_straddles_its_bound() -> None:
    def answer(low: float, high: float, relation: Relation) -> bool | None:
        return Span(LABEL, low, (low + high) / 2, high, relation, 1.0, 15).accepted

    assert [answer(0.5, 0.9, "<="), answer(0.9, 1.1, "<="), answer(1.1, 1.2, "<=")] == [True, None, False]
    assert [answer(0.5, 0.9, ">="), answer(0.9, 1.1, ">="), answer(1.1, 1.2, ">=")] == [False, None, True]


@pytest.mark.parametrize("bound", [0.0, -1.0, math.inf, math.nan])
def test_a_bound_is_finite_and_above_zero(bound: float) -> None:
    with pytest.raises(ValueError, match="finite and above zero"):
        Measure(LABEL, 0.0, "<=", bound)


def test_a_power_of_ten_inside_or_outside_is_a_margin_of_one() -> None:
    assert Measure(LABEL, 0.1, "<=", 1.0).margin == pytest.approx(1)
    assert Measure(LABEL, 10.0, "<=", 1.0).margin == pytest.approx(-1)
    assert Measure(LABEL, 10.0, ">=", 1.0).margin == pytest.approx(1)


@given(st.lists(findings, min_size=1, max_size=4))
def test_the_deciding_finding_of_a_rejection_is_one_that_rejects(found: list[Item]) -> None:
    if accepted(tuple(found)) is False:
        decider = deciding(tuple(found))
        assert decider is not None
        assert decider.margin == min(item.margin for item in found if isinstance(item, Measure | Span | Match))


@pytest.mark.parametrize(
    "build",
    [
        lambda: table(["a", "b"], [(1,)], en="t", zh="t"),
        lambda: curves([], {"a": []}, en="t", zh="t"),
        lambda: curves([1, 2], {"a": [1]}, en="t", zh="t"),
        lambda: heat_map([[1, 2], [3]], en="t", zh="t"),
        lambda: heat_map([], en="t", zh="t"),
    ],
)
def test_an_exhibit_whose_parts_do_not_fit_together_cannot_be_made(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="one at least"):
        build()


def test_an_outcome_that_was_told_is_written_again_as_it_is_by_then() -> None:
    first = Outcome("case", accepted=False, raised="no")
    assert first.to_json() == first.to_json()
    first.to_json()["case"] = "another"
    assert first.to_json()["case"] == "case"
    assert replace(first, case="other").to_json()["case"] == "other"
    assert first == Outcome("case", accepted=False, raised="no")
