"""What a run tells, in the order it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from quizapp.proof.record import Outcome, Role


class Stop(StrEnum):
    """Why a run ended without its result."""

    TIMEOUT = "timeout"
    EXITED = "exited"
    FLOODED = "flooded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outcomed:
    """One subject was put to the check on one case."""

    job: int
    subject: str
    role: Role
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Done:
    """A job's result, as ``quizapp.proof.session`` gives it."""

    job: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """The script could not be loaded, so ``job`` has no result."""

    job: int
    why: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The process ended, or was ended, while ``job`` was running; ``tail`` is what it last printed."""

    job: int
    stop: Stop
    detail: str
    tail: str


Message = Outcomed | Done | Broken | Stopped
