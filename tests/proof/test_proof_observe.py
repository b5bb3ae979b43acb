"""Observing apart from judging: what a subject is given, and what the check gets of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quizapp.proof import BrokenClaimError, Case, Claim, equal
from quizapp.proof.bench import load_excerpt
from quizapp.proof.experiment import Trial, prove
from quizapp.proof.judging import handed_over
from quizapp.proof.plain import NotPlainError
from quizapp.proof.record import Role, Verdict
from quizapp.proof.session import Session

Subject = Callable[[list[int]], Any]


def claim(observe: Callable[..., Any] | None = None) -> Claim:
    """Reversing a list; the case's own list must be as it was."""
    made = Claim("reversing", en="Reversing twice changes nothing", zh="反转两次等于不变")
    made.cases(lambda _rng: [Case("three", items=[1, 2, 3], same=None), Case("none", items=[], same=None)])
    made.observe(observe or (lambda subject, items: subject(items)))
    made.check(
        lambda seen, case: [
            equal(seen, case.items[::-1], en="reversed", zh="反转后"),
            equal(len(case.items) in (0, 3), True, en="untouched", zh="未改动"),
        ]
    )
    made.answer(lambda items: items[::-1])
    made.misconception(en="changes nothing", zh="什么也不做", on=lambda case: bool(case.items), because=("x", "空"))(
        same
    )
    return made


def same(items: list[int]) -> list[int]:
    return items


def only(made: Claim, subject: Subject) -> list[bool | None]:
    return [all(item.accepted for item in made.judge(subject, case)) for case in made.draw(0)]  # type: ignore[union-attr]  # findings all


def test_the_check_judges_what_was_observed() -> None:
    made = claim()
    assert prove(made, Trial(0)).verdict is Verdict.PROVED
    assert only(made, lambda items: sorted(items, reverse=True)) == [True, True]
    assert only(made, same) == [False, True]


def emptied(items: list[int]) -> list[int]:
    found = items[::-1]
    items.clear()
    return found


def test_a_subject_that_writes_to_its_arguments_changes_no_case() -> None:
    assert only(claim(), emptied) == [True, True]


def test_what_the_inputs_share_their_copies_share() -> None:
    made = claim(lambda _subject, items, same: [items is same, same is not None])
    shared = [1, 2]
    copies = made.inputs(Case("shared", items=shared, same=shared))
    assert copies["items"] is copies["same"]
    assert copies["items"] is not shared


def test_observe_takes_only_what_it_names() -> None:
    case = Case("all", items=[], same=1, want="secret")
    assert claim().inputs(case) == {"items": []}
    with pytest.raises(AttributeError, match="case 'all' holds no 'wanted'"):
        claim(lambda _subject, wanted: wanted).inputs(case)


def test_an_observation_that_is_not_plain_is_no_proof() -> None:
    made = claim(lambda subject, items: subject)
    with pytest.raises(NotPlainError, match="the observation is a function"):
        only(made, same)
    proof = prove(made, Trial(0))
    assert proof.verdict is Verdict.ERROR
    assert proof.reason is not None
    assert "NotPlainError" in proof.reason.en


def test_observe_is_declared_once() -> None:
    with pytest.raises(BrokenClaimError, match="observe declared twice"):
        claim().observe(lambda subject: subject)


def crashing(made: Claim, *raises: type[Exception]) -> Claim:
    made.misconception(en="fails", zh="失败", raises=raises)(fails)
    made._answer = fails
    return made


def fails(items: list[int]) -> list[int]:
    raise LookupError(len(items))


def test_an_answer_that_crashes_as_a_misconception_may_is_refuted() -> None:
    proof = prove(crashing(claim(), LookupError), Trial(0))
    assert proof.verdict is Verdict.REFUTED
    (answer,) = [subject for subject in proof.subjects if subject.role is Role.ANSWER]
    assert [(one.accepted, one.raised) for one in answer.outcomes] == [
        (False, "LookupError: 3"),
        (False, "LookupError: 0"),
    ]


def test_an_answer_that_crashes_in_a_way_of_its_own_is_an_error() -> None:
    proof = prove(crashing(claim(), ValueError), Trial(0))
    assert proof.verdict is Verdict.ERROR
    assert proof.reason is not None
    assert proof.reason.en == "LookupError: 3"


SCRIPT = """
from dataclasses import dataclass
from quizapp.proof import Case, Claim, equal

points = Claim("points", en="A point has two coordinates", zh="一个点有两个坐标")

@dataclass
class Point:
    x: int
    y: int

class Secret:
    pass

@points.cases
def some(rng):
    yield Case("a point", point=Point(rng.randint(0, 9), 2), secret=Secret())

@points.observe
def run(subject, point):
    return subject(point)

@points.check
def judge(seen, case):
    return equal(seen, case.point.x + case.point.y, en="sum", zh="和")

@points.answer
def sum_of_both(point):
    return point.x + point.y

@points.misconception(en="forgets one", zh="漏掉一个")
def the_first(point):
    return point.x
"""


def test_the_scripts_own_classes_go_to_the_bench_with_the_cases_that_hold_them(tmp_path: Path) -> None:
    script = tmp_path / "points_observe.py"
    script.write_text(SCRIPT, encoding="utf-8")
    session = Session(script)
    given = handed_over(session.claim("points"), script, Trial(0))
    assert "class Point" in given["excerpt"]
    assert "Secret" not in given["excerpt"]
    file = tmp_path / "attempt.py"
    file.write_text("def add(point):\n    return point.x + point.y\n", encoding="utf-8")
    job = {"do": "observe", "claim": "points", "seed": 0, **given, "file": str(file), "entry": "add"}
    seen = Session(None).run(job, lambda _event: None)
    assert (
        session.run({"do": "verdict", "claim": "points", "seed": 0, **seen}, lambda _event: None)["word"] == "accepted"
    )


def test_an_excerpt_that_does_not_run_is_the_verifiers_fault() -> None:
    with pytest.raises(BrokenClaimError, match="what run needs does not run by itself: NameError"):
        load_excerpt("broken_excerpt", "def run(x, y=missing):\n    return x\n", "run")
