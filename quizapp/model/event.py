"""The append-only log: what happened to a card, never changed and never deleted.

Card state is a fold over these events. Events are ordered by ``(at, device, seq, id)``, so
that the logs of two machines merge by set union into one and the same history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from quizapp.model.grade import Grade

Day = int
"""A study day: days since 1970-01-01 of the local date, after the rollover hour is taken off."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens: ``at`` in milliseconds since the epoch, the study day, and the zone that gave it."""

    at: int
    day: Day
    zone: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and where an event happened.

    ``at`` is milliseconds since the epoch (UTC); ``day`` the study day it fell on, by ``zone``
    (an IANA name) and the rollover hour then in force; ``seq`` counts the events of a device.
    """

    id: str
    at: int
    device: str
    seq: int
    day: Day
    zone: str

    @property
    def order(self) -> tuple[int, str, int, str]:
        return (self.at, self.device, self.seq, self.id)


@dataclass(frozen=True, slots=True)
class Review:
    """One graded answer.

    ``took_ms`` is the time from the prompt to the grade; ``confidence`` (0 to 1) is what the
    learner gave before the truth was shown, where the card asks for it; ``right`` is what the
    machine found (a picked option, a number, an attempt), where it could.
    """

    stamp: Stamp
    card: str
    grade: Grade
    took_ms: int | None = None
    confidence: float | None = None
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes back the event ``target``; the target itself stays in the log."""

    stamp: Stamp
    card: str
    target: str


class Shelf(StrEnum):
    """Why a card is kept out of the queue, or that it is back in it."""

    SUSPEND = "suspend"
    RESUME = "resume"
    BURY = "bury"


@dataclass(frozen=True, slots=True)
class Shelve:
    """Suspends a card until resumed, or buries it until the next study day."""

    stamp: Stamp
    card: str
    shelf: Shelf


Event = Review | Undo | Shelve


@dataclass(frozen=True, slots=True)
class Memory:
    """What the memory model knows of a card: stability in days, difficulty 1 to 10."""

    stability: float
    difficulty: float


@dataclass(frozen=True, slots=True)
class CardState:
    """The fold of one card's events. A card without a review has no memory and no due day."""

    card: str
    memory: Memory | None = None
    first: Day | None = None
    last: Day | None = None
    due: Day | None = None
    reps: int = 0
    lapses: int = 0
    suspended: bool = False
    buried: Day | None = field(default=None)

    @property
    def new(self) -> bool:
        return self.memory is None

    def shelved(self, day: Day) -> bool:
        """Whether the card is kept out of the queue on ``day``."""
        return self.suspended or self.buried == day
