"""What can be asked of a verifier. Field names are the wire's: see ``quizapp.proof.session``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class _Job:
    do: ClassVar[str]
    claim: str
    seed: int
    device: str = "auto"

    def to_json(self) -> dict[str, Any]:
        """The job as the process reads it."""
        return {"do": self.do, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Prove(_Job):
    """Run the answer and every misconception."""

    do: ClassVar[str] = "prove"


@dataclass(frozen=True, slots=True)
class Answer(_Job):
    """Run the answer alone."""

    do: ClassVar[str] = "answer"


@dataclass(frozen=True, slots=True)
class Draw(_Job):
    """Draw a numeric question and compute its truth."""

    do: ClassVar[str] = "draw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief(_Job):
    """Run one misconception alone."""

    do: ClassVar[str] = "belief"
    misconception: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(_Job):
    """Judge ``source``, the learner's text, by its function ``entry``."""

    do: ClassVar[str] = "attempt"
    source: str
    entry: str


Job = Prove | Answer | Draw | Belief | Attempt
