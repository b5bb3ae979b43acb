"""What a run has shown so far, without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizapp.deck.claims import ClaimInfo, verifier
from quizapp.proof.evidence import Measure, Note
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.service.proving import Judged, Word
from quizapp.service.running import Seen
from quizapp.tui.watch import Watch, answer_name, first_failing

SCRIPT = Path(__file__).parents[2] / "verifiers" / "conv_bn_fusion.py"


@pytest.fixture(scope="module")
def claim() -> ClaimInfo:
    return next(claim for claim in verifier(SCRIPT).claims if claim.ref.name == "parity")


def outcome(case: str, accepted: bool, *, note: bool = False) -> Outcome:
    item = Measure(Say.same("error"), 1e-6 if accepted else 1.0, "<=", 1e-3)
    return Outcome(case, accepted, (item, Note(Say.same(case))) if note else (item,))


def test_a_proof_begins_with_the_answer_and_every_misconception_waiting(claim: ClaimInfo) -> None:
    watch = Watch.proof(claim, 7)
    assert [row.role for row in watch.rows] == [Role.ANSWER] + [Role.MISCONCEPTION] * len(claim.misconceptions)
    assert watch.rows[0].name == "fuse_conv_bn"
    assert [row.name for row in watch.rows[1:]] == list(claim.misconceptions)
    assert all(row.outcomes == () for row in watch.rows)
    assert watch.running


def test_outcomes_go_to_their_row_and_the_row_at_work_is_the_last_begun(claim: ClaimInfo) -> None:
    watch = Watch.proof(claim, 7)
    assert watch.at_work == 0
    watch = watch.seen(Seen(claim.ref, "whatever", Role.ANSWER, outcome("a", accepted=True)))
    second = watch.rows[2].name
    watch = watch.seen(Seen(claim.ref, second, Role.MISCONCEPTION, outcome("a", accepted=False)))
    assert [len(row.outcomes) for row in watch.rows[:3]] == [1, 0, 1]
    assert watch.at_work == 2


def test_the_conclusion_replaces_what_was_seen_coming(claim: ClaimInfo) -> None:
    rows = (SubjectRecord("fuse_conv_bn", Role.ANSWER, Say.same("the answer"), (outcome("a", accepted=True),)),)
    proof = Proof(str(claim.ref), Say.same("s"), Verdict.PROVED, 7, "cpu", 1.0, rows)
    watch = Watch.proof(claim, 7).ended(proof)
    assert watch.rows == rows
    assert not watch.running
    assert watch.at_work is None


def test_a_run_that_was_stopped_keeps_what_it_saw(claim: ClaimInfo) -> None:
    watch = Watch.proof(claim, 7).seen(Seen(claim.ref, "f", Role.ANSWER, outcome("a", accepted=True)))
    ended = watch.ended(Judged(claim.ref, Word.CANCELLED, 7))
    assert ended.rows == watch.rows
    assert not ended.running


def test_an_attempt_keeps_its_entry_point_as_its_name(claim: ClaimInfo) -> None:
    record = SubjectRecord("attempt", Role.ATTEMPT, Say.same("your code"), (outcome("a", accepted=False),))
    watch = Watch.attempt(claim, "fuse", 7).ended(Judged(claim.ref, Word.REJECTED, 7, subject=record))
    assert watch.rows[0].name == "fuse"
    assert watch.rows[0].outcomes == record.outcomes


def test_exhibits_are_those_of_the_first_case_that_has_any() -> None:
    outcomes = (
        outcome("a", accepted=True),
        outcome("b", accepted=True, note=True),
        outcome("c", accepted=True, note=True),
    )
    row = SubjectRecord("f", Role.ANSWER, Say.same("f"), outcomes)
    assert [item.say.en for item in row.exhibits] == ["b"]


def test_a_case_that_does_not_count_is_no_failing_case() -> None:
    quiet = Outcome("a", accepted=False, counts=False)
    row = SubjectRecord("f", Role.MISCONCEPTION, Say.same("f"), (quiet, outcome("b", accepted=False)))
    found = first_failing(row)
    assert found is not None
    assert found.case == "b"


def test_the_answer_is_named_as_it_is_written(claim: ClaimInfo) -> None:
    assert answer_name(claim) == "fuse_conv_bn"
