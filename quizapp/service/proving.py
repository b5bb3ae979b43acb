"""Proving claims, running beliefs, judging attempts, drawing questions: each in a process of its own."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from quizapp.deck.claims import ClaimInfo
from quizapp.model.card import ClaimRef, CodeCard, NumberCard
from quizapp.proof.plain import too_deep
from quizapp.proof.record import Proof, SubjectRecord, Verdict
from quizapp.proof.say import Say
from quizapp.runner import (
    Answer,
    Belief,
    Broken,
    Done,
    Draw,
    Inputs,
    Job,
    Limits,
    Message,
    Observe,
    Outcomed,
    Prove,
    Room,
    Stop,
    Stopped,
    Workers,
)
from quizapp.runner import Verdict as Decide
from quizapp.service.library import Library
from quizapp.service.running import Abreast, Cancellable, Running, Seen


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
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one subject: an attempt, a belief, or the answer alone.

    ``says`` is why nothing ran, in both languages, where the word is ``refused``.
    """

    claim: ClaimRef
    word: Word
    seed: int
    detail: str = ""
    line: int | None = None
    subject: SubjectRecord | None = None
    says: Say | None = None


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


def prove(
    library: Library,
    claims: Sequence[ClaimInfo],
    seeds: Sequence[int],
    device: str = "auto",
    limits: Limits | None = None,
    *,
    jobs: int = 1,
    workers: Workers | None = None,
) -> Running[Proof]:
    """Prove claims on each seed, each claim in a process of its own, ``jobs`` of them at once.

    Each proof ends one claim on one seed. Several at once tell in the order in which they come; they begin in that
    of ``claims``, so put the longest first.
    """
    parts = []
    for claim in claims:
        asked = [(claim, Prove(claim.ref.name, seed, device)) for seed in seeds]
        run = (workers or library.workers).run(library.script(claim.ref), [job for _, job in asked], limits)
        parts.append((run, _Proofs(asked)))
    return Abreast(parts, jobs) if jobs > 1 else Running(parts)


def longest_first(claims: Sequence[ClaimInfo], seconds: Mapping[str, float]) -> tuple[ClaimInfo, ...]:
    """Claims ordered for running side by side, by what each took last time; one never run may be the longest of all."""
    return tuple(sorted(claims, key=lambda claim: -seconds.get(str(claim.ref), math.inf)))


def believe(
    library: Library, ref: ClaimRef, misconception: str | None, seed: int, limits: Limits | None = None
) -> Running[Judged]:
    """Run one belief alone: the named misconception, or the answer where None."""
    job = Belief(ref.name, seed, misconception=misconception) if misconception else Answer(ref.name, seed)
    return Running([(library.workers.run(library.script(ref), [job], limits), _Judge(ref, job))])


def solve(library: Library, card: CodeCard, source: str, seed: int, limits: Limits | None = None) -> Running[Judged]:
    """Put the learner's code to the card's claim; ``limits`` are those of the code."""
    script = library.script(card.claim)
    if "torch" in source:  # the bench imports it while the verifier draws the cases, not after
        library.workers.warm(Room())

    def start(job: Job) -> Cancellable:
        if isinstance(job, Observe):
            return library.workers.run(None, [job], limits or ATTEMPT)
        return library.workers.run(script, [job])

    return _Solving(start, card, source, seed)


def draw(library: Library, card: NumberCard, seed: int, limits: Limits | None = None) -> Running[Question | Judged]:
    """Draw the question of a number card; a ``Judged`` says why there is none."""
    job = Draw(card.claim.name, seed)
    return Running([(library.workers.run(library.script(card.claim), [job], limits), _Drawer(card.claim, job))])


ATTEMPT = Limits(seconds=30.0, cpu=60)
"""What a learner's code may use: an endless loop is told of within half a minute."""


class _Proofs:
    """Translates the messages of one script's claims."""

    def __init__(self, jobs: Sequence[tuple[ClaimInfo, Prove]]) -> None:
        self._jobs = jobs
        self._digest = digest_of(jobs[0][0])
        self._began = time.monotonic()

    def __call__(self, message: Message) -> Seen | Proof | None:
        if isinstance(message, Outcomed):
            return Seen(self._jobs[message.job][0].ref, message.subject, message.role, message.outcome)
        began, self._began = self._began, time.monotonic()
        if isinstance(message, Done):
            return self._done(message)
        return self._none(message.job, *_why(message), seconds=self._began - began)

    def _done(self, message: Done) -> Proof:
        """The proof as told, for the claim that was asked: a script does not say whose proof it is."""
        result, (claim, asked) = message.result, self._jobs[message.job]
        if "error" in result:
            return self._none(message.job, Verdict.ERROR, Say.same(str(result["error"])), seconds=0.0)
        try:
            proof = Proof.from_json(result)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            why = Say.same(f"the verifier's record cannot be read: {type(error).__name__}: {error}")
            return self._none(message.job, Verdict.ERROR, why, seconds=0.0)
        return replace(proof, claim=str(claim.ref), seed=asked.seed, digest=self._digest)

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


class _Solving(Running[Judged]):
    """Three runs in a row: the verifier hands over what it takes to observe, a bench that has no verifier runs the
    learner's code, and the verifier judges what was seen. So the code never shares a process with what it must find.
    """

    def __init__(self, start: Callable[[Job], Cancellable], card: CodeCard, source: str, seed: int) -> None:
        super().__init__(())
        self._start, self._card, self._source, self._seed = start, card, source, seed
        self._lock = threading.Lock()
        self._run: Cancellable | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the run in progress and begin no other."""
        with self._lock:
            self._cancelled = True
            if self._run is not None:
                self._run.cancel()

    def __iter__(self) -> Iterator[Seen | Judged]:
        claim, seed = self._card.claim, self._seed
        inputs = Inputs(claim.name, seed)
        given = self._last(inputs)
        if (failed := _not_begun(claim, inputs, given)) is not None:
            yield failed
            return
        bench = Observe(claim.name, seed, source=self._source, entry=self._card.entry, **_result(given))
        seen = self._last(bench)
        if (failed := _not_observed(claim, bench, seen)) is not None:
            yield failed
            return
        decide = Decide(claim.name, seed, observations=_observations(seen))
        judge = _Judge(claim, decide)
        yield from (told for message in self._begun(decide) if (told := judge(message)) is not None)

    def _begun(self, job: Job) -> Cancellable:
        run = self._start(job)
        with self._lock:
            self._run = run
            if self._cancelled:
                run.cancel()
        return run

    def _last(self, job: Job) -> Message:
        *_, last = self._begun(job)
        return last


def _not_begun(ref: ClaimRef, job: Inputs, message: Message) -> Judged | None:
    """Why there is nothing to put the code to: the verifier's fault, whatever it was."""
    if isinstance(message, Stopped) and message.stop is not Stop.CANCELLED:
        return Judged(ref, Word.BROKEN, job.seed, f"the verifier {message.detail}")
    return _failed(ref, job, _result(message)) if isinstance(message, Done) else _none(ref, job, message)


def _not_observed(ref: ClaimRef, job: Observe, message: Message) -> Judged | None:
    """Why there is nothing to judge. The learner's code may have written the message: no word of it is a good one."""
    if not isinstance(message, Done):
        return _none(ref, job, message)
    result = _result(message)
    if "error" in result:
        return Judged(ref, Word.BROKEN, job.seed, str(result["error"]))
    word, line = str(result.get("word")), result.get("line")
    if word not in UNOBSERVED:
        return None
    return Judged(ref, Word(word), job.seed, str(result.get("detail", "")), line if type(line) is int else None)


UNOBSERVED = {Word.UNPARSABLE, Word.MISSING, Word.EXITED, Word.RAISED}
"""All that a bench can conclude by itself."""


def _observations(message: Message) -> Sequence[Any]:
    found = _result(message).get("observations")
    return found if isinstance(found, list) and not too_deep(found) else ()


def _result(message: Message) -> Mapping[str, Any]:
    return message.result if isinstance(message, Done) and isinstance(message.result, dict) else {}


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


def _none(ref: ClaimRef, job: Job, message: Message) -> Judged:
    if not isinstance(message, Stopped):
        return Judged(ref, Word.BROKEN, job.seed, message.why if isinstance(message, Broken) else "it gave no result")
    return Judged(ref, Word(message.stop.value), job.seed, message.detail)


def _word(subject: SubjectRecord) -> Word:
    if subject.accepted is None:
        return Word.UNDECIDED
    return Word.ACCEPTED if subject.accepted else Word.REJECTED


def digest_of(claim: ClaimInfo) -> str:
    """The digest of a claim's script, by which a receipt knows whether it is of the script as it is now."""
    return hashlib.sha256(claim.path.read_bytes()).hexdigest()
