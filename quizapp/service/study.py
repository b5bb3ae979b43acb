"""A sitting: the next card, what each grade would do, grading, undoing, and the sum at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from quizapp.model.card import Card, NumberCard
from quizapp.model.event import CardState, Day, Review, Shelf
from quizapp.model.grade import Grade
from quizapp.schedule.fold import Scheduler, offer, replay
from quizapp.schedule.queue import Counts, Limits, forecast, next_card, plan
from quizapp.service.clock import Clock
from quizapp.service.identity import by_card, history_id, present_ids
from quizapp.service.library import Library
from quizapp.store.door import connect, explained
from quizapp.store.fast import glance

if TYPE_CHECKING:
    from quizapp.store.database import Store


@dataclass(frozen=True, slots=True)
class Turn:
    """One card to answer. ``days[grade]`` is how far off it would then be due; 0 is later today.

    ``seed`` draws its question: the same until the card is graded, whatever is restarted.
    """

    card: Card
    state: CardState
    days: Mapping[Grade, int]
    counts: Counts
    seed: int


@dataclass(frozen=True, slots=True)
class Graded:
    """What became of a graded card."""

    review: Review
    state: CardState


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sitting came to. ``tomorrow`` counts the cards that fall due then."""

    reviews: int
    grades: Mapping[Grade, int]
    cards: int
    right: int
    judged: int
    took_ms: int
    tomorrow: int
    next_days: tuple[int, ...]


@dataclass
class Study:
    """One sitting over a library and a database.

    Reading what to do next goes by the standard library's sqlite3; the ORM is imported with the
    first write (or by ``warm``, in a thread, after the first card is on the screen).
    """

    library: Library
    database: Path
    clock: Clock = field(default_factory=Clock.local)
    limits: Limits = field(default_factory=Limits)
    topics: Sequence[str] = ()
    scheduler: Scheduler = field(default_factory=Scheduler)
    _done: list[Review] = field(default_factory=list, init=False)

    def turn(self) -> Turn | None:
        """The card to answer now; None when the day is done. Raises ``StoreError`` and ``DeckError``."""
        now, states, recent = self._seen()
        today = plan(self.cards, states, now, self.scheduler.model, limits=self.limits, recent=recent)
        queued = next_card(today)
        if queued is None:
            return None
        card = self._cards_by_id[queued.id]
        state = states.get(card.id) or CardState(card.id)
        days = {grade: (after.due or now) - now for grade, after in offer(state, now, self.scheduler).items()}
        return Turn(card, state, days, today.counts, question_seed(card.id, state.reps))

    def ahead(self, turn: Turn, depth: int = 3) -> tuple[NumberCard, int] | None:
        """The number card most likely to come after ``turn``, with its question's seed; None among ``depth`` cards.

        Drawing a question takes a process that imports torch: time to begin is while another card is answered.
        """
        now, states, recent = self._seen()
        recent.append(turn.card.id)
        later = plan(self.cards, states, now, self.scheduler.model, limits=self.limits, recent=recent)
        cards = [self._cards_by_id[queued.id] for queued in later.cards if queued.id != turn.card.id][:depth]
        card = next((card for card in cards if isinstance(card, NumberCard)), None)
        return (
            None if card is None else (card, question_seed(card.id, states[card.id].reps if card.id in states else 0))
        )

    def grade(
        self,
        turn: Turn,
        grade: Grade,
        *,
        took_ms: int | None = None,
        confidence: float | None = None,
        right: bool | None = None,
    ) -> Graded:
        """Record the grade, safely on disk when this returns.

        Raises ``StaleError``, having written nothing, where the card was graded elsewhere meanwhile.
        """
        review, state = self.store.record_review(
            turn.state.card,
            grade,
            self.clock.moment(),
            expected=turn.state,
            took_ms=took_ms,
            confidence=confidence,
            right=right,
        )
        self._done.append(review)
        return Graded(review, state)

    def undo(self) -> str | None:
        """Take back the latest event of this sitting's device; the id of its card, None when nothing is left."""
        undone = self.store.undo(self.clock.moment())
        if undone is None:
            return None
        self._done = [review for review in self._done if review.stamp.id != undone.event.target]
        return self._present.get(undone.event.card, undone.event.card)

    def shelve(self, card: Card, shelf: Shelf) -> None:
        """Bury a card until tomorrow, or suspend it."""
        states = {state.card: state for state in self.store.states()}
        self.store.shelve(history_id(card, states), shelf, self.clock.moment())

    def more(self, new: int = 5) -> None:
        """Allow that many further new cards today."""
        self.limits = Limits(self.limits.new + new, self.limits.reviews)

    def unseen(self) -> int:
        """New cards of this sitting's topics that the day's limit holds back."""
        states = by_card(self.cards, glance(self.database, self.clock.today()).states)
        return sum(card.id not in states or states[card.id].new for card in self.cards)

    def summary(self) -> Summary:
        """What this sitting came to so far."""
        today = self.clock.today()
        ahead = forecast(glance(self.database, today).states, today, 8)
        judged = [review.right for review in self._done if review.right is not None]
        return Summary(
            reviews=len(self._done),
            grades={grade: sum(review.grade is grade for review in self._done) for grade in Grade},
            cards=len({review.card for review in self._done}),
            right=sum(judged),
            judged=len(judged),
            took_ms=sum(review.took_ms or 0 for review in self._done),
            tomorrow=ahead[1],
            next_days=ahead[1:],
        )

    def warm(self) -> None:
        """Import and open what the first grade needs; for a thread, after the first paint."""
        _ = self.store

    def _seen(self) -> tuple[Day, dict[str, CardState], list[str]]:
        """Today, the states of the cards that have one, and the cards graded today, latest last."""
        today = self.clock.today()
        seen = glance(self.database, today)
        recent = [self._present.get(card, card) for card in seen.today.recent]
        return today, by_card(self.cards, seen.states), recent

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The cards of this sitting, in deck order."""
        wanted = {self.library.topic(name).slug for name in self.topics}
        return tuple(card for card in self.library.deck.cards if not wanted or card.topic in wanted)

    @cached_property
    def store(self) -> Store:
        """The database, made where there is none."""
        return open_store(self.database, self.scheduler)

    @cached_property
    def _present(self) -> dict[str, str]:
        return present_ids(self.cards)

    @cached_property
    def _cards_by_id(self) -> dict[str, Card]:
        return {card.id: card for card in self.cards}


def refuse_unwritable(database: Path) -> None:
    """Raise ``StoreError`` where no review could be kept: to be told before the first card, not after its answer.

    A millisecond; makes the folder and, where there is no database, an empty file.
    """
    with explained(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        with closing(connect(database, mode="rwc")) as connection:
            connection.execute("BEGIN IMMEDIATE")  # asks for the right to write, and writes nothing
            connection.execute("ROLLBACK")


def open_store(database: Path, scheduler: Scheduler | None = None) -> Store:
    """Open the database with the schedule's fold. Raises ``StoreError``."""
    from quizapp.store.database import Store  # the ORM: 0.3 s, for those who write

    chosen = scheduler or Scheduler()
    return Store.open(database, lambda _, events: replay(events, chosen))


def question_seed(card: str, reps: int) -> int:
    """The seed of a card's question at a repetition: new each time, the same after a restart."""
    digest = hashlib.sha256(f"{card}\x1f{reps}".encode()).digest()
    return int.from_bytes(digest[:3], "big")
