"""The reviews of a log, each with what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from quizapp.model.event import Day, Event, Review, Undo


@dataclass(frozen=True, slots=True)
class Told:
    """A review, and whether it was undone later."""

    review: Review
    undone: bool


def told(events: Sequence[Event]) -> Iterator[Told]:
    """Every review in the order of ``events``; two passes, nothing is kept but the ids of what was undone."""
    undone = {event.target for event in events if isinstance(event, Undo)}
    return (Told(event, event.stamp.id in undone) for event in events if isinstance(event, Review))


def standing(events: Sequence[Event]) -> list[Review]:
    """The reviews that were not undone, in the order of the log, whatever order they come in."""
    reviews = [one.review for one in told(events) if not one.undone]
    return sorted(reviews, key=lambda review: review.stamp.order)


def iso_day(day: Day) -> str:
    """``2026-03-01``; ``OverflowError`` outside the years 1 to 9999."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def iso_time(at: int) -> str:
    """``2026-03-01T04:05:06.789Z``, from milliseconds since the epoch."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
