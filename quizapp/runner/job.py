"""What can be asked of a verifier. Field names are the wire's: see ``quizapp.proof.session``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class _Job:
    do: ClassVar[str]
    claim: str
    seed: int
    device: str = "auto"

    def to_json(self) -> dict[str, Any]:
        """The job as the process reads it."""
        return {"do": self.do, **{field.name: getattr(self, field.name) for field in fields(self)}}


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


@dataclass(frozen=True, slots=True)
class Inputs(_Job):
    """Say what a bench needs to observe a learner's code for this claim. Asked of the verifier."""

    do: ClassVar[str] = "inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe(_Job):
    """Run ``source``, the learner's text, and observe its function ``entry``. Asked of a bench, which has no script.

    The rest is the result of ``Inputs``.
    """

    do: ClassVar[str] = "observe"
    source: str
    entry: str
    module: str
    excerpt: str
    observe: str
    cases: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(_Job):
    """Judge what the bench has seen. Asked of the verifier, in a process that the learner's code never ran in."""

    do: ClassVar[str] = "verdict"
    observations: Sequence[Any]


Job = Prove | Answer | Draw | Belief | Inputs | Observe | Verdict
