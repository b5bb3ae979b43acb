"""What a run of a claim leaves behind: outcomes, subjects, the proof and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from quizapp.proof.evidence import Exhibit, Finding, Item, deciding, from_json, to_json
from quizapp.proof.say import Say


class Verdict(StrEnum):
    """What a run says about a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
    TIMEOUT = "timeout"
    ERROR = "error"

    @property
    def counts_against(self) -> bool:
        """Whether a run with this verdict has failed; a claim that cannot run here has not."""
        return self not in (Verdict.PROVED, Verdict.SKIPPED)


class Role(StrEnum):
    """Why a subject is put to the check."""

    ANSWER = "answer"
    MISCONCEPTION = "misconception"
    ATTEMPT = "attempt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One subject on one case, which ``case_zh`` names in Chinese where the label is translated.

    ``counts`` is False on a case where a misconception need not show.

    ``accepted`` is None while undecided. ``raised`` is what the subject threw, in one line, and
    ``line`` where in an attempt's file.
    """

    case: str
    accepted: bool | None
    items: tuple[Item, ...] = ()
    counts: bool = True
    raised: str | None = None
    line: int | None = None
    case_zh: str | None = None
    _data: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def label(self, lang: str) -> str:
        """The case in the reader's language."""
        return self.case_zh if lang == "zh" and self.case_zh else self.case

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What decided, without the exhibits."""
        return tuple(item for item in self.items if isinstance(item, Finding))

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """What only shows."""
        return tuple(item for item in self.items if isinstance(item, Exhibit))

    def to_json(self) -> dict[str, Any]:
        """JSON data, read back by ``from_json``; made once, since an outcome is told by itself and in its proof."""
        if not self._data:
            self._data.update(self._written())
        return dict(self._data)

    def _written(self) -> dict[str, Any]:
        data: dict[str, Any] = {"case": self.case, "accepted": self.accepted, "counts": self.counts}
        data["items"] = [to_json(item) for item in self.items]
        data |= {"case_zh": self.case_zh} if self.case_zh else {}
        return data | ({"raised": self.raised, "line": self.line} if self.raised is not None else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Outcome:
        """Read what ``to_json`` wrote."""
        items = tuple(from_json(item) for item in data["items"])
        more = {name: data.get(name) for name in ("raised", "line", "case_zh")}
        return cls(str(data["case"]), data["accepted"], items, bool(data["counts"]), **more)


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """A subject over all cases."""

    name: str
    role: Role
    says: Say
    outcomes: tuple[Outcome, ...]

    @property
    def accepted(self) -> bool | None:
        """Whether the check accepts the subject.

        The answer (or an attempt) must be accepted on every case; a misconception that gets
        through on any case where it must show counts as accepted.
        """
        answers = [outcome.accepted for outcome in self.outcomes if outcome.counts]
        if self.role is Role.MISCONCEPTION:
            return True if True in answers else None if None in answers else False
        return False if False in answers else None if None in answers else bool(answers)

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """What there is to look at: the exhibits of the first case that has any."""
        return next((outcome.exhibits for outcome in self.outcomes if outcome.exhibits), ())

    @property
    def closest(self) -> tuple[Outcome, Finding] | None:
        """Where it was decided most narrowly: the case and finding to show in one line."""
        found = [
            (outcome, finding) for outcome in self.outcomes if outcome.counts and (finding := deciding(outcome.items))
        ]
        if self.role is Role.MISCONCEPTION:
            return max(found, key=lambda pair: pair[1].margin, default=None)
        return min(found, key=lambda pair: pair[1].margin, default=None)

    def to_json(self) -> dict[str, Any]:
        """JSON data, read back by ``from_json``."""
        return {
            "name": self.name,
            "role": self.role.value,
            "says": self.says._asdict(),
            "accepted": self.accepted,
            "evidence": [outcome.to_json() for outcome in self.outcomes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SubjectRecord:
        """Read what ``to_json`` wrote."""
        outcomes = tuple(Outcome.from_json(outcome) for outcome in data["evidence"])
        return cls(str(data["name"]), Role(data["role"]), Say(data["says"]["en"], data["says"]["zh"]), outcomes)


@dataclass(frozen=True, slots=True)
class Proof:
    """One run of one claim. ``seconds`` is wall time; ``reason`` says why a verdict is not ``proved``."""

    claim: str
    statement: Say
    verdict: Verdict
    seed: int
    device: str
    seconds: float
    subjects: tuple[SubjectRecord, ...] = ()
    reason: Say | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON data, read back by ``from_json``; ``schema`` counts its shape's versions."""
        return {
            "schema": 1,
            "claim": self.claim,
            "statement": self.statement._asdict(),
            "verdict": self.verdict.value,
            "reason": self.reason._asdict() if self.reason else None,
            "seed": self.seed,
            "device": self.device,
            "seconds": round(self.seconds, 4),
            "versions": dict(self.versions),
            "digest": self.digest,
            "subjects": [subject.to_json() for subject in self.subjects],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Proof:
        """Read what ``to_json`` wrote. Raises ``KeyError``, ``TypeError`` or ``ValueError`` on other data."""
        return cls(
            claim=str(data["claim"]),
            statement=Say(data["statement"]["en"], data["statement"]["zh"]),
            verdict=Verdict(data["verdict"]),
            seed=int(data["seed"]),
            device=str(data["device"]),
            seconds=float(data["seconds"]),
            subjects=tuple(SubjectRecord.from_json(subject) for subject in data["subjects"]),
            reason=Say(data["reason"]["en"], data["reason"]["zh"]) if data.get("reason") else None,
            versions=dict(data["versions"]),
            digest=str(data["digest"]),
        )


def conclude(subjects: tuple[SubjectRecord, ...]) -> tuple[Verdict, Say | None]:
    """The verdict of complete records: the answer accepted and every misconception rejected."""
    answer = next(subject for subject in subjects if subject.role is Role.ANSWER)
    wrong = [subject for subject in subjects if subject.role is Role.MISCONCEPTION]
    if answer.accepted is False:
        return Verdict.REFUTED, Say("the check rejects the answer", "检验拒绝了标准答案")
    if through := [subject.name for subject in wrong if subject.accepted is True]:
        names = ", ".join(through)
        return Verdict.REFUTED, Say(f"the check lets a misconception through: {names}", f"检验放过了误解：{names}")
    if answer.accepted is None or any(subject.accepted is None for subject in wrong):
        return Verdict.UNDECIDED, Say(
            "the noise of this run is larger than the difference", "本次测量的噪声大于差异，无法判定"
        )
    return Verdict.PROVED, None
