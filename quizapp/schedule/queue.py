"""The day's queue: which cards, in what order, and which one next.

Reviews come in the order of their retrievability, the likeliest forgotten first (cards of one
desired retention are then in the order of relative overdueness), so that a limit puts off
those that can best wait. New cards come in deck order, spread evenly among the reviews.
Then topics are kept apart: two cards of one topic follow each other only where no order of
the remaining cards could avoid it.

What was done today is read from the states themselves (``first`` and ``last``), so it cannot
disagree with them. Planning again after each answer yields the rest of the same plan: a
session may keep its plan or ask anew, after an undo, a restart or on another machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from quizapp.model.event import CardState, Day
from quizapp.schedule.memory import MemoryModel

LEARNING_GAP = 4
"""How many other cards come before a card graded Again returns, as long as there are others."""


class Queued(Protocol):
    """What the queue must know of a card: ``quizapp.model`` cards have it, so may a row of a cache."""

    @property
    def id(self) -> str: ...
    @property
    def topic(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """The most new cards and the most reviews on one study day; cards graded Again count once."""

    new: int = 12
    reviews: int = 200

    def __post_init__(self) -> None:
        if self.new < 0 or self.reviews < 0:
            raise ValueError(f"daily limits must not be negative: {self.new} new, {self.reviews} reviews")


@dataclass(frozen=True, slots=True)
class Counts:
    """What is left for the day, within the limits; ``learning`` were graded Again today."""

    due: int
    new: int
    learning: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The rest of the day.

    ``cards`` are reviews and new cards in order; ``ready`` and ``waiting`` were graded Again
    today, longest ago first, and may or may not return yet; ``last`` is the topic just shown.
    """

    cards: tuple[Queued, ...]
    ready: tuple[Queued, ...]
    waiting: tuple[Queued, ...]
    counts: Counts
    last: str | None


def plan(
    cards: Sequence[Queued],
    states: Mapping[str, CardState],
    day: Day,
    model: MemoryModel,
    *,
    limits: Limits = Limits(),
    recent: Sequence[str] = (),
) -> Plan:
    """Plan the rest of ``day`` for ``cards`` in deck order.

    A card without a state is new. ``recent`` holds the ids of the cards graded today, latest
    last (from the log, so that a restart changes nothing). Suspended and buried cards are left out.
    """
    sorted_out = _sort_out(cards, states, day)
    room = _room(sorted_out, limits)
    overdue = sorted(sorted_out.due, key=lambda card: _retrievability(states[card.id], day, model))
    reviews = _Row(overdue[: room.due], sorted_out.reviewed)
    new = _Row(sorted_out.new[: room.new], sorted_out.introduced)
    last = _topic(cards, recent)
    learning = sorted(sorted_out.learning, key=lambda card: -_waited(card, recent))
    ready = [card for card in learning if _waited(card, recent) >= LEARNING_GAP]
    return Plan(tuple(_arrange(reviews, new, last)), tuple(ready), tuple(learning[len(ready) :]), room, last)


def next_card(plan: Plan) -> Queued | None:
    """The card to show now, or None when the day is done.

    A card graded Again returns once ``LEARNING_GAP`` others have been shown, or at once when
    nothing else is left; the card just graded comes last of all.
    """
    choices = (*plan.ready, *plan.cards[:1]) or plan.waiting
    return next((card for card in choices if card.topic != plan.last), choices[0] if choices else None)


def counts(
    cards: Iterable[Queued],
    states: Mapping[str, CardState],
    day: Day,
    limits: Limits = Limits(),
) -> Counts:
    """What is left of ``day``, without ordering it: needs no memory model."""
    return _room(_sort_out(cards, states, day), limits)


def forecast(states: Iterable[CardState], day: Day, horizon: int) -> tuple[int, ...]:
    """How many cards fall due on each of ``horizon`` days from ``day`` on.

    The first includes all that is overdue. New and suspended cards are left out; a card buried
    today falls due tomorrow. Answers to come are not foreseen. Raises ``ValueError`` below 1 day.
    """
    if horizon < 1:
        raise ValueError(f"a forecast of {horizon} days says nothing; ask for 1 or more")
    found = Counter(
        max(state.due, day + (state.buried == day)) - day
        for state in states
        if state.due is not None and not state.suspended
    )
    return tuple(found[ahead] for ahead in range(horizon))


@dataclass(frozen=True, slots=True)
class _Sorted:
    due: list[Queued]
    new: list[Queued]
    learning: list[Queued]
    introduced: int
    reviewed: int


def _sort_out(cards: Iterable[Queued], states: Mapping[str, CardState], day: Day) -> _Sorted:
    """Cards by what they wait for, each in deck order, and how many were done today."""
    due: list[Queued] = []
    new: list[Queued] = []
    learning: list[Queued] = []
    introduced = reviewed = 0
    for card in cards:
        state = states.get(card.id, CardState(card.id))
        today = state.last is not None and state.last >= day  # later than ``day`` after a journey west
        if today:
            introduced += state.first == state.last
            reviewed += state.first != state.last
        if state.shelved(day):
            continue
        if state.new:
            new.append(card)
        elif today and state.due == state.last:
            learning.append(card)
        elif state.due is not None and state.due <= day:
            due.append(card)
    return _Sorted(due, new, learning, introduced, reviewed)


def _room(found: _Sorted, limits: Limits) -> Counts:
    return Counts(
        due=min(len(found.due), max(limits.reviews - found.reviewed, 0)),
        new=min(len(found.new), max(limits.new - found.introduced, 0)),
        learning=len(found.learning),
    )


def _retrievability(state: CardState, day: Day, model: MemoryModel) -> float:
    if state.memory is None or state.last is None:
        return 0.0
    return model.retrievability(state.memory, day - state.last)


@dataclass(slots=True)
class _Row:
    """Cards in the order they would be shown in, of which ``done`` were shown today."""

    left: list[Queued]
    done: int

    @property
    def place(self) -> float:
        """Where in the whole day, from 0 to 1, the next card belongs if the row is spread evenly.

        A share of the day's row, not of what is left of it: else each new plan would start
        with the longer row, and the shorter one would wait for the end of the day.
        """
        return (self.done + 0.5) / (self.done + len(self.left))

    def take(self, index: int) -> Queued:
        self.done += 1
        return self.left.pop(index)


def _arrange(reviews: _Row, new: _Row, last: str | None) -> list[Queued]:
    """Both rows evenly mixed, with as few neighbours of one topic as any order has, after ``last``.

    Each step depends only on what is left, what is done and the topic before: that is why the
    rest of a plan is the plan of the rest.
    """
    topics = Counter(card.topic for card in (*reviews.left, *new.left))
    arranged: list[Queued] = []
    while rows := sorted((row for row in (reviews, new) if row.left), key=lambda row: row.place):
        row, index = _pick(rows, last, _crowded(topics))
        arranged.append(row.take(index))
        last = arranged[-1].topic
        topics[last] -= 1
    return arranged


def _crowded(topics: Counter[str]) -> str | None:
    """The topic that holds more than half of what is left, if one does."""
    half = topics.total() / 2
    return next((topic for topic, count in topics.items() if count > half), None)


def _pick(rows: Sequence[_Row], last: str | None, crowded: str | None) -> tuple[_Row, int]:
    """The first card of another topic than the last, in the row whose turn it is if it has one.

    A crowded topic must be taken whenever it may, or its cards would be left over in a heap.
    """
    for row in rows:
        for index, card in enumerate(row.left):
            if card.topic != last and (crowded in (None, last, card.topic)):
                return row, index
    return rows[0], 0


def _topic(cards: Iterable[Queued], recent: Sequence[str]) -> str | None:
    return next((card.topic for card in cards if recent and card.id == recent[-1]), None)


def _waited(card: Queued, recent: Sequence[str]) -> int:
    """How many cards were graded after this one; one not in ``recent`` has waited long enough."""
    return next((ago for ago, other in enumerate(reversed(recent)) if other == card.id), len(recent) + LEARNING_GAP)
