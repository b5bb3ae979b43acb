"""What is due today, without the ORM and without pydantic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from quizapp.model.event import Day
from quizapp.schedule.day import date_of
from quizapp.schedule.queue import Counts, counts
from quizapp.service.clock import Clock
from quizapp.service.identity import by_card
from quizapp.service.library import Library
from quizapp.store.fast import glance


class _Row(NamedTuple):
    id: str
    topic: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """The day, what is left of it, and how many cards each topic has due."""

    day: Day
    counts: Counts
    topics: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """JSON data for scripts."""
        left = {"due": self.counts.due, "new": self.counts.new, "again": self.counts.learning}
        return {"day": date_of(self.day).isoformat(), **left, "topics": self.topics}

    def sentence(self) -> str:
        """The same for a person."""
        left = self.counts
        if not (left.due or left.new or left.learning):
            return "Nothing is due today."
        again = f", {left.learning} to see again" if left.learning else ""
        return f"{left.due} due, {left.new} new{again}. quizapp study begins."


def due_today(library: Library, database: Path, clock: Clock | None = None) -> Due:
    """What there is to study now. Raises ``DeckError`` and ``StoreError``."""
    day = (clock or Clock.local()).today()
    rows = [_Row(line.card, line.topic, line.aliases) for line in library.outline()]
    states = by_card(rows, glance(database, day).states)
    topics: dict[str, int] = {}
    for row in rows:
        state = states.get(row.id)
        if state is not None and state.due is not None and state.due <= day and not state.shelved(day):
            topics[row.topic] = topics.get(row.topic, 0) + 1
    return Due(day, counts(rows, states, day), topics)
