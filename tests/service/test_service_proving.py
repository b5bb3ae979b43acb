"""Proofs, beliefs, attempts and questions, each in a process of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from quizapp.model.card import ClaimRef, CodeCard, NumberCard
from quizapp.proof.record import Proof, Role, Verdict
from quizapp.proof.say import Say
from quizapp.runner import Limits
from quizapp.service import linting
from quizapp.service.attempts import readable
from quizapp.service.errors import RequestError
from quizapp.service.proving import Judged, Question, Tempted, Word, believe, draw, near, prove, solve
from quizapp.service.running import Seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quizapp.service.library import Library

GAUSS = ClaimRef("sums", "gauss")


def test_outcomes_are_told_before_their_proof(library: Library) -> None:
    *seen, proof = prove(library, library.select(["sums.gauss"]), [1])
    assert isinstance(proof, Proof)
    assert all(isinstance(told, Seen) for told in seen)
    told = [(one.subject, one.outcome.case) for one in seen if isinstance(one, Seen)]
    assert told == [(subject.name, one.case) for subject in proof.subjects for one in subject.outcomes]


def test_each_claim_and_seed_is_proved_once_in_order(library: Library) -> None:
    running = prove(library, library.select(["sums", "trouble.vague"]), [4, 5])
    proofs = [told for told in running if isinstance(told, Proof)]
    assert [(proof.claim, proof.seed) for proof in proofs] == [
        *(("sums.gauss", seed) for seed in (4, 5)),
        *(("sums.total", seed) for seed in (4, 5)),
        *(("trouble.vague", seed) for seed in (4, 5)),
    ]


def test_a_claim_that_dies_takes_no_other_with_it(library: Library) -> None:
    claims = library.select(["trouble.leaves", "trouble.sleeps", "trouble.needy", "trouble.crashes"])
    running = prove(library, claims, [0], limits=Limits(seconds=1.5))
    verdicts = {told.claim: told.verdict for told in running if isinstance(told, Proof)}
    assert verdicts == {
        "trouble.crashes": Verdict.ERROR,
        "trouble.leaves": Verdict.ERROR,
        "trouble.sleeps": Verdict.TIMEOUT,
        "trouble.needy": Verdict.SKIPPED,
    }


def test_a_proof_without_a_result_says_what_was_asked_of_what_script(library: Library) -> None:
    (claim,) = library.select(["trouble.leaves"])
    proof = prove(library, [claim], [9]).result()
    assert (proof.claim, proof.seed, len(proof.digest)) == ("trouble.leaves", 9, 64)
    assert proof.reason is not None
    assert "exit code 0" in proof.reason.en


def test_a_belief_is_run_alone(library: Library) -> None:
    judged = believe(library, GAUSS, "leaves_out_the_last", 3).result()
    assert judged.word is Word.REJECTED
    assert judged.subject is not None
    assert judged.subject.role is Role.MISCONCEPTION
    assert believe(library, GAUSS, None, 3).result().word is Word.ACCEPTED
    assert believe(library, GAUSS, "no_such_belief", 3).result().word is Word.BROKEN


def test_a_question_is_drawn_with_its_truth_and_its_temptations(library: Library) -> None:
    card = library.card("sums/number")
    assert isinstance(card, NumberCard)
    question = draw(library, card, 11).result()
    assert isinstance(question, Question)
    low, high = question.given["a"], question.given["b"]
    assert question.truth == sum(range(low, high + 1))
    assert question.right(question.truth)
    (tempting,) = question.tempting
    assert tempting.name == "one_too_few"
    assert question.temptation(tempting.value) is tempting
    assert question.temptation(question.truth) is question.temptation(-1) is None
    again = draw(library, card, 11).result()
    assert again == question
    other = draw(library, card, 12).result()
    assert isinstance(other, Question)
    assert other.given != question.given


def test_what_is_right_is_no_temptation_however_near_one_lies() -> None:
    near_by = Tempted("near_by", 105.0, Say("nearly right", "差一点"))
    question = Question(GAUSS, 0, {}, formula=100.0, truth=100.0, tolerance=0.1, tempting=(near_by,))
    assert question.temptation(104) is None
    assert question.temptation(112) is near_by


def test_a_tolerance_is_relative_and_nought_asks_for_the_exact_number() -> None:
    assert near(102, 100, 0.02)
    assert not near(103, 100, 0.02)
    assert near(-102, -100, 0.02)
    assert not near(100.5, 100, 0)
    assert not near(1e-9, 0, 0.02)


def test_a_cancelled_run_ends_at_once_and_begins_no_other(library: Library) -> None:
    sleeps, gauss = (library.claim(ClaimRef.parse(name)) for name in ("trouble.sleeps", "sums.gauss"))
    running = prove(library, [sleeps, gauss], [0], limits=Limits(seconds=60))
    threading.Timer(0.5, running.cancel).start()
    told = list(running)
    assert [one.verdict for one in told if isinstance(one, Proof)] == [Verdict.ERROR, Verdict.ERROR]
    assert not [one for one in told if isinstance(one, Seen)]


def test_a_cancelled_attempt_is_told_as_cancelled(library: Library) -> None:
    card = library.card("sums/code")
    assert isinstance(card, CodeCard)
    running = solve(library, card, "while True: pass", 0)
    threading.Timer(0.3, running.cancel).start()
    judged: Judged = running.result()
    assert judged.word is Word.CANCELLED


def test_a_starter_that_passes_is_refused_at_its_place(deck: Path, reopen: Callable[[], Library]) -> None:
    library = reopen()
    (card,) = linting.code_cards(library)
    assert linting.starter(library, card) == []
    path = deck / "questions" / "01-sums.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return n * (n - 1) // 2", "return n * (n + 1) // 2"), encoding="utf-8")
    library = reopen()
    (card,) = linting.code_cards(library)
    (problem,) = linting.starter(library, card)
    line = 1 + path.read_text(encoding="utf-8").splitlines().index("    starter: |")
    assert (problem.path, problem.line, problem.rule, problem.warning) == (path, line, "starter-fails", False)
    assert "already passes sums.gauss" in problem.message


@pytest.mark.parametrize(
    ("body", "said"),
    [("import sys; sys.exit(0)", "exited"), ("return n +", "unparsable"), ("raise KeyError(n)", None)],
)
def test_a_starter_must_run_to_be_judged(
    deck: Path, reopen: Callable[[], Library], body: str, said: str | None
) -> None:
    path = deck / "questions" / "01-sums.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return n * (n - 1) // 2", body), encoding="utf-8")
    library = reopen()
    (card,) = linting.code_cards(library)
    messages = [problem.message for problem in linting.starter(library, card)]
    assert len(messages) == (said is not None)
    assert all("cannot be judged" in message and str(said) in message for message in messages)


def test_source_is_text_of_a_sensible_length() -> None:
    assert readable("﻿x = '数'\r\n".encode()) == "x = '数'\r\n"
    for bad in (b"\xff", b"a\0", b" " * (1 << 20) + b" "):
        with pytest.raises(RequestError):
            readable(bad)


def test_a_proof_is_filed_under_the_claim_that_was_asked_whatever_the_script_says(
    deck: Path, reopen: Callable[[], Library]
) -> None:
    script = deck / "verifiers" / "sums.py"
    forged = """
from quizapp.proof.session import Session
told = Session.prove
Session.prove = lambda *a, **k: __import__("dataclasses").replace(told(*a, **k), claim="trouble.vague", digest="0" * 64)
"""
    script.write_text(script.read_text(encoding="utf-8") + forged, encoding="utf-8")
    library = reopen()
    proof = prove(library, [library.claim(GAUSS)], [9]).result()
    assert (proof.claim, proof.seed) == (str(GAUSS), 9)
    assert proof.digest != "0" * 64


def test_a_record_that_is_no_proof_is_told_as_an_error(deck: Path, reopen: Callable[[], Library]) -> None:
    script = deck / "verifiers" / "sums.py"
    forged = """
from quizapp.proof.record import Proof
Proof.to_json = lambda self: {"claim": "sums.gauss", "subjects": 3}
"""
    script.write_text(script.read_text(encoding="utf-8") + forged, encoding="utf-8")
    library = reopen()
    assert prove(library, [library.claim(GAUSS)], [9]).result().verdict is Verdict.ERROR
