"""What a run has shown so far: the same rows whether it runs, has ended or was stopped. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from quizapp.deck.claims import ClaimInfo
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord
from quizapp.proof.say import Say
from quizapp.service.proving import Judged
from quizapp.service.running import Seen

ANSWER = Say("the answer", "标准答案")
ATTEMPT = Say("your code", "你的代码")
KEPT = 500
"""Outcomes of a row remembered while it runs: every picture looks at each of them. The conclusion brings all."""


class Purpose(Enum):
    """Why something is run."""

    PROOF = "proof"
    BELIEF = "belief"
    ANSWER = "answer"
    ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True)
class Watch:
    """One run as the screen sees it. ``end`` is None while it runs."""

    purpose: Purpose
    claim: str
    statement: Say
    seed: int
    rows: tuple[SubjectRecord, ...]
    end: Proof | Judged | None = None

    @classmethod
    def proof(cls, claim: ClaimInfo, seed: int) -> Watch:
        """A whole proof about to run: the answer, then each misconception, in the order they come."""
        wrong = (
            SubjectRecord(name, Role.MISCONCEPTION, Say(says.en, says.zh), ())
            for name, says in claim.misconceptions.items()
        )
        rows = (SubjectRecord(answer_name(claim), Role.ANSWER, ANSWER, ()), *wrong)
        return cls(Purpose.PROOF, str(claim.ref), _statement(claim), seed, rows)

    @classmethod
    def belief(cls, claim: ClaimInfo, name: str, seed: int) -> Watch:
        """One misconception alone."""
        says = claim.misconceptions[name]
        row = SubjectRecord(name, Role.MISCONCEPTION, Say(says.en, says.zh), ())
        return cls(Purpose.BELIEF, str(claim.ref), _statement(claim), seed, (row,))

    @classmethod
    def answer(cls, claim: ClaimInfo, seed: int) -> Watch:
        """The answer alone."""
        row = SubjectRecord(answer_name(claim), Role.ANSWER, ANSWER, ())
        return cls(Purpose.ANSWER, str(claim.ref), _statement(claim), seed, (row,))

    @classmethod
    def attempt(cls, claim: ClaimInfo, entry: str, seed: int) -> Watch:
        """The learner's code."""
        row = SubjectRecord(entry, Role.ATTEMPT, ATTEMPT, ())
        return cls(Purpose.ATTEMPT, str(claim.ref), _statement(claim), seed, (row,))

    @property
    def running(self) -> bool:
        return self.end is None

    @property
    def at_work(self) -> int | None:
        """The row that outcomes are coming for; None when there are none to come."""
        started = [place for place, row in enumerate(self.rows) if row.outcomes]
        return (started[-1] if started else 0) if self.running else None

    def seen(self, *seen: Seen) -> Watch:
        """With some outcomes more; of each row the first ``KEPT``."""
        return replace(self, rows=tuple(_longer(row, seen) for row in self.rows))

    def ended(self, end: Proof | Judged) -> Watch:
        """With the conclusion; the records of a whole proof replace what was seen coming."""
        if isinstance(end, Proof):
            return replace(self, end=end, rows=end.subjects or self.rows)
        if end.subject is None:
            return replace(self, end=end)
        return replace(self, end=end, rows=(replace(self.rows[0], outcomes=end.subject.outcomes),))


def first_failing(row: SubjectRecord) -> Outcome | None:
    """The first case, in the order they were drawn, that the check did not accept."""
    return next((outcome for outcome in row.outcomes if outcome.counts and outcome.accepted is not True), None)


def answer_name(claim: ClaimInfo) -> str:
    """The name of the function that the claim's answer is, read from its source."""
    source = claim.answer or ""
    head = next((line for line in source.splitlines() if line.startswith(("def ", "class ", "async def "))), "")
    return head.removeprefix("async ").partition(" ")[2].partition("(")[0].rstrip(":") or "answer"


def _statement(claim: ClaimInfo) -> Say:
    return Say(claim.statement.en, claim.statement.zh)


def _longer(row: SubjectRecord, seen: tuple[Seen, ...]) -> SubjectRecord:
    more = tuple(one.outcome for one in seen if _meant(row, one))[: max(0, KEPT - len(row.outcomes))]
    return replace(row, outcomes=row.outcomes + more) if more else row


def _meant(row: SubjectRecord, seen: Seen) -> bool:
    return row.role is seen.role and (row.role is not Role.MISCONCEPTION or row.name == seen.subject)
