"""Proving claims, running beliefs, judging attempts, drawing questions: each in a process of its own."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any, Generic, TypeVar

from quizapp.deck.claims import ClaimInfo
from quizapp.model.card import ClaimRef, CodeCard, NumberCard
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.runner import (
    Answer,
    Attempt,
    Belief,
    Broken,
    Done,
    Draw,
    Job,
    Limits,
    Message,
    Outcomed,
    Prove,
    Run,
    Stop,
    Stopped,
)
from quizapp.service.library import Library


@dataclass(frozen=True, slots=True)
class Seen:
    """One outcome of a run in progress."""

    claim: ClaimRef
    subject: str
    role: Role
    outcome: Outcome


class Word(StrEnum):
    """How an attempt, or a belief run alone, went."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    RAISED = "raised"
    EXITED = "exited"
    TIMEOUT = "timeout"
    FLOODED = "flooded"
    UNPARSABLE = "unparsable"
    MISSING = "missing"
    SKIPPED = "skipped"
    BROKEN = "broken"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one subject: an attempt, a belief, or the answer alone."""

    claim: ClaimRef
    word: Word
    seed: int
    detail: str = ""
    line: int | None = None
    subject: SubjectRecord | None = None


@dataclass(frozen=True, slots=True)
class Tempted:
    """What a misconception would have answered."""

    name: str
    value: float
    says: Say


@dataclass(frozen=True, slots=True)
class Question:
    """A numeric question as drawn: the givens, the truth, and what each belief would say.

    ``truth`` is the direct computation, which may be a measurement; ``formula`` what the claim's
    answer gives. ``tolerance`` is relative; 0 asks for the exact integer.
    """

    claim: ClaimRef
    seed: int
    given: Mapping[str, Any]
    formula: float
    truth: float
    tolerance: float
    tempting: tuple[Tempted, ...]

    def right(self, value: float) -> bool:
        """Whether a typed number is near enough to the truth."""
        return near(value, self.truth, self.tolerance)

    def temptation(self, value: float) -> Tempted | None:
        """The misconception that a wrong number comes from, where one fits."""
        fits = (wrong for wrong in self.tempting if near(value, wrong.value, self.tolerance))
        return None if self.right(value) else next(fits, None)


def near(value: float, truth: float, tolerance: float) -> bool:
    """The check of ``quizapp.proof.claim.number_close``, in floating point."""
    return value == truth if tolerance == 0 or truth == 0 else abs(value - truth) <= tolerance * abs(truth)


T = TypeVar("T")
Translate = Callable[[Message], "Seen | T | None"]


class Running(Generic[T]):
    """Runs in a row that tell what they see and what they conclude.

    Iterating runs; ``cancel`` may be called from any thread and ends it at once.
    """

    def __init__(self, parts: Sequence[tuple[Run, Translate[T]]]) -> None:
        self._parts = parts

    def cancel(self) -> None:
        """End the run in progress and begin no other."""
        for run, _ in self._parts:
            run.cancel()

    def __iter__(self) -> Iterator[Seen | T]:
        for run, translate in self._parts:
            yield from (told for message in run if (told := translate(message)) is not None)

    def result(self) -> T:
        """Run to the end and return the last conclusion."""
        *_, last = (told for told in self if not isinstance(told, Seen))
        return last


def prove(
    library: Library,
    claims: Iterable[ClaimInfo],
    seeds: Sequence[int],
    device: str = "auto",
    limits: Limits | None = None,
) -> Running[Proof]:
    """Prove claims on each seed. A script's claims share one process; each proof ends one claim on one seed."""
    parts = []
    for script, group in groupby(claims, key=lambda claim: claim.ref.verifier):
        jobs = [(claim, Prove(claim.ref.name, seed, device)) for claim in group for seed in seeds]
        run = Run(library.verifiers / f"{script}.py", [job for _, job in jobs], limits)
        parts.append((run, _Proofs(jobs)))
    return Running(parts)


def believe(
    library: Library, ref: ClaimRef, misconception: str | None, seed: int, limits: Limits | None = None
) -> Running[Judged]:
    """Run one belief alone: the named misconception, or the answer where None."""
    job = Belief(ref.name, seed, misconception=misconception) if misconception else Answer(ref.name, seed)
    return Running([(Run(library.script(ref), [job], limits), _Judge(ref, job))])


def solve(library: Library, card: CodeCard, source: str, seed: int, limits: Limits | None = None) -> Running[Judged]:
    """Put the learner's code to the card's claim."""
    job = Attempt(card.claim.name, seed, source=source, entry=card.entry)
    return Running([(Run(library.script(card.claim), [job], limits or ATTEMPT), _Judge(card.claim, job))])


def draw(library: Library, card: NumberCard, seed: int, limits: Limits | None = None) -> Running[Question | Judged]:
    """Draw the question of a number card; a ``Judged`` says why there is none."""
    job = Draw(card.claim.name, seed)
    return Running([(Run(library.script(card.claim), [job], limits), _Drawer(card.claim, job))])


ATTEMPT = Limits(seconds=30.0, cpu=60)
"""What a learner's code may use: an endless loop is told of within half a minute."""


class _Proofs:
    """Translates the messages of one script's claims."""

    def __init__(self, jobs: Sequence[tuple[ClaimInfo, Prove]]) -> None:
        self._jobs = jobs
        self._digest = _digest(jobs[0][0])
        self._began = time.monotonic()

    def __call__(self, message: Message) -> Seen | Proof | None:
        if isinstance(message, Outcomed):
            return Seen(self._jobs[message.job][0].ref, message.subject, message.role, message.outcome)
        began, self._began = self._began, time.monotonic()
        if isinstance(message, Done):
            return self._done(message)
        return self._none(message.job, *_why(message), seconds=self._began - began)

    def _done(self, message: Done) -> Proof:
        if "error" in message.result:
            return self._none(message.job, Verdict.ERROR, Say.same(str(message.result["error"])), seconds=0.0)
        return Proof.from_json(message.result)

    def _none(self, job: int, verdict: Verdict, reason: Say, *, seconds: float) -> Proof:
        claim, asked = self._jobs[job]
        says = Say(claim.statement.en, claim.statement.zh)
        return Proof(
            str(claim.ref), says, verdict, asked.seed, asked.device, seconds, reason=reason, digest=self._digest
        )


def _why(message: Broken | Stopped) -> tuple[Verdict, Say]:
    if isinstance(message, Broken):
        return Verdict.ERROR, Say.same(message.why)
    if message.stop is Stop.TIMEOUT:
        return Verdict.TIMEOUT, Say("the claim ran out of time", "超过了时间限制")
    tail = message.tail.strip().splitlines()[-1:]
    return Verdict.ERROR, Say.same(": ".join((f"the process {message.detail}", *tail)))


class _Judge:
    """Translates the messages of an attempt or of one belief."""

    def __init__(self, ref: ClaimRef, job: Job) -> None:
        self._ref, self._job = ref, job

    def __call__(self, message: Message) -> Seen | Judged | None:
        if isinstance(message, Outcomed):
            return Seen(self._ref, message.subject, message.role, message.outcome)
        if isinstance(message, Done):
            return self._done(message.result)
        return _none(self._ref, self._job, message)

    def _done(self, result: Mapping[str, Any]) -> Judged:
        if (failed := _failed(self._ref, self._job, result)) is not None:
            return failed
        if "word" not in result:  # a belief or the answer: the bare record
            subject = SubjectRecord.from_json(result)
            return Judged(self._ref, _word(subject), self._job.seed, subject=subject)
        record = SubjectRecord.from_json(result["subject"]) if "subject" in result else None
        detail, line = str(result.get("detail", "")), result.get("line")
        return Judged(self._ref, Word(result["word"]), self._job.seed, detail, line, record)


class _Drawer:
    """Translates the message of a draw."""

    def __init__(self, ref: ClaimRef, job: Draw) -> None:
        self._ref, self._job = ref, job

    def __call__(self, message: Message) -> Seen | Question | Judged | None:
        if isinstance(message, Outcomed):
            return None
        if not isinstance(message, Done):
            return _none(self._ref, self._job, message)
        return _failed(self._ref, self._job, message.result) or self._question(message.result)

    def _question(self, result: Mapping[str, Any]) -> Question:
        tempting = tuple(
            Tempted(name, float(wrong["value"]), Say(wrong["says"]["en"], wrong["says"]["zh"]))
            for name, wrong in result["tempting"].items()
        )
        formula, truth, tolerance = (float(result[name]) for name in ("formula", "truth", "tolerance"))
        return Question(self._ref, self._job.seed, dict(result["given"]), formula, truth, tolerance, tempting)


def _failed(ref: ClaimRef, job: Job, result: Mapping[str, Any]) -> Judged | None:
    if "error" in result:
        return Judged(ref, Word.BROKEN, job.seed, str(result["error"]))
    if "skipped" in result:
        return Judged(ref, Word.SKIPPED, job.seed, str(result["skipped"]["en"]))
    return None


def _none(ref: ClaimRef, job: Job, message: Broken | Stopped) -> Judged:
    if isinstance(message, Broken):
        return Judged(ref, Word.BROKEN, job.seed, message.why)
    return Judged(ref, Word(message.stop.value), job.seed, message.detail)


def _word(subject: SubjectRecord) -> Word:
    if subject.accepted is None:
        return Word.UNDECIDED
    return Word.ACCEPTED if subject.accepted else Word.REJECTED


def _digest(claim: ClaimInfo) -> str:
    return hashlib.sha256(claim.path.read_bytes()).hexdigest()
