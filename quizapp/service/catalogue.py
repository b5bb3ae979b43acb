"""Every card with where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from quizapp.model.card import Card, Topic
from quizapp.model.event import CardState
from quizapp.model.words import Words
from quizapp.schedule.day import date_of
from quizapp.service.clock import Clock
from quizapp.service.identity import by_card
from quizapp.service.library import Library
from quizapp.store.fast import glance

LANGS = ("en", "zh")
"""Every card has both; the schema refuses one that has not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One card in the catalogue; ``due`` is None while it is new."""

    number: int
    topic: str
    title: Words
    card: str
    kind: str
    claim: str
    difficulty: int
    due: date | None
    reps: int
    suspended: bool

    def as_json(self) -> dict[str, Any]:
        """JSON data for scripts."""
        return {
            "id": self.card,
            "topic": self.topic,
            "number": self.number,
            "kind": self.kind,
            "claim": self.claim,
            "langs": list(LANGS),
            "difficulty": self.difficulty,
            "due": self.due.isoformat() if self.due else None,
            "reps": self.reps,
            "suspended": self.suspended,
        }


def catalogue(
    library: Library, database: Path, topics: Sequence[str] = (), clock: Clock | None = None
) -> Iterator[Entry]:
    """The cards in deck order, of all topics or of those named. Raises what a bad deck or database raises."""
    seen = glance(database, (clock or Clock.local()).today())
    states = by_card(library.deck.cards, seen.states)
    wanted = {library.topic(name).slug for name in topics}
    for topic in library.deck.topics:
        if not wanted or topic.slug in wanted:
            yield from (_entry(topic, card, states.get(card.id) or CardState(card.id)) for card in topic.cards)


def _entry(topic: Topic, card: Card, state: CardState) -> Entry:
    return Entry(
        number=topic.number,
        topic=topic.slug,
        title=topic.title,
        card=card.id,
        kind=card.kind.value,
        claim=str(card.claim),
        difficulty=card.difficulty,
        due=None if state.due is None else date_of(state.due),
        reps=state.reps,
        suspended=state.suspended,
    )
