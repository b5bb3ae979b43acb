"""Grading without a screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizapp.model.event import CardState, Day, Review
from quizapp.model.grade import Grade
from quizapp.schedule.day import date_of
from quizapp.service.clock import Clock
from quizapp.service.identity import history_id
from quizapp.service.library import Library
from quizapp.service.study import open_store


@dataclass(frozen=True, slots=True)
class Recorded:
    """A review that is on disk, and the card's state after it."""

    review: Review
    state: CardState

    @property
    def due(self) -> Day:
        """The study day the card is due again."""
        assert self.state.due is not None  # a reviewed card has a due day
        return self.state.due

    def as_json(self) -> dict[str, Any]:
        """JSON data for scripts."""
        days = {"day": date_of(self.review.stamp.day).isoformat(), "due": date_of(self.due).isoformat()}
        return {"id": self.review.stamp.id, "card": self.review.card, "grade": self.review.grade.word, **days}

    def sentence(self) -> str:
        """The same for a person."""
        off = self.due - self.review.stamp.day
        when = "later today" if off <= 0 else "tomorrow" if off == 1 else f"in {off} days"
        return f"{self.review.card} {self.review.grade.word}, due {date_of(self.due).isoformat()} ({when})"


def grade_card(library: Library, database: Path, card_id: str, grade: Grade, clock: Clock | None = None) -> Recorded:
    """Record one review. Raises ``RequestError`` on an unknown card, ``StoreError`` from the database."""
    card, store = library.card(card_id), open_store(database)
    own = history_id(card, {state.card: state for state in store.states()})
    review, state = store.record_review(own, grade, (clock or Clock.local()).moment())
    return Recorded(review, state)
