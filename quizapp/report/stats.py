"""Statistics: totals, topics, retention, forecast, days and proofs.

An undone review counts nowhere but in ``totals.undone``. Cards that have left the deck keep
their reviews, under the topic ``None``, so that topics, days and grades each add up to the
total; but they are neither new nor due, since nobody can be asked them.

True retention is the share of reviews recalled (hard or better) among those of a card whose
review before was on an earlier study day. First reviews and repeats on one day say how
learning went, not how well a memory lasted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from quizapp.model.event import CardState, Day, Event, Review
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.report.history import standing, told

Of = TypeVar("Of", Review, CardState)

HORIZON = 30
"""Days of the forecast, today included."""


@dataclass(frozen=True, slots=True)
class Retention:
    """``recalled`` of ``reviews`` that put a memory to the test."""

    reviews: int = 0
    recalled: int = 0

    @property
    def rate(self) -> float | None:
        """0 to 1; None where nothing was tested yet."""
        return self.recalled / self.reviews if self.reviews else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Cards are those of the deck: ``cards`` = ``seen`` + ``new``. ``took_ms`` is the time spent on reviews.

    ``due`` are seen cards to be asked today, overdue ones among them; ``streak`` is the number of
    study days in a row up to today, or up to yesterday as long as today has no review.
    """

    reviews: int
    undone: int
    cards: int
    seen: int
    new: int
    due: int
    suspended: int
    days_studied: int
    streak: int
    took_ms: int
    retention: Retention


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """One topic of the deck; ``topic`` is None for cards that have left it."""

    topic: str | None
    cards: int
    seen: int
    due: int
    reviews: int
    took_ms: int
    retention: Retention


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One study day with a review; ``new`` cards had their first review on it."""

    day: Day
    reviews: int
    new: int
    recalled: int
    took_ms: int


@dataclass(frozen=True, slots=True)
class DueDay:
    """How many cards fall due on a day; on the first, all that are overdue too."""

    day: Day
    due: int


@dataclass(frozen=True, slots=True)
class Proof:
    """A claim's latest receipt, and how many it has."""

    receipt: Receipt
    runs: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures as of the study day ``today``; days run forwards, topics in deck order, claims by name."""

    today: Day
    totals: Totals
    grades: Mapping[Grade, int]
    topics: tuple[TopicFigures, ...]
    forecast: tuple[DueDay, ...]
    days: tuple[DayFigures, ...]
    proofs: tuple[Proof, ...]

    @property
    def verdicts(self) -> Mapping[str, int]:
        """How many claims have each verdict as their latest, by its name."""
        return dict(sorted(Counter(proof.receipt.verdict for proof in self.proofs).items()))


def statistics(
    events: Sequence[Event],
    states: Iterable[CardState],
    receipts: Iterable[Receipt],
    deck: Mapping[str, str],
    today: Day,
) -> Statistics:
    """Count everything once. ``deck`` gives the topic of each card's id, in deck order."""
    reviews = standing(events)
    known = {state.card: state for state in states if state.card in deck}
    facts = _Facts(reviews, list(_tested(reviews)), known, deck, today)
    days = _days(reviews)
    return Statistics(
        today=today,
        totals=_totals(facts, days, undone=sum(one.undone for one in told(events))),
        grades={grade: sum(review.grade is grade for review in reviews) for grade in Grade},
        topics=_topics(facts),
        forecast=_forecast(known.values(), today),
        days=days,
        proofs=_proofs(receipts),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """Standing reviews, those of them that tested a memory, and the states of the deck's cards."""

    reviews: Sequence[Review]
    tested: Sequence[Review]
    known: Mapping[str, CardState]
    deck: Mapping[str, str]
    today: Day


def _tested(reviews: Iterable[Review]) -> Iterator[Review]:
    """The reviews whose card had its review before on an earlier study day."""
    by_card = defaultdict(list)
    for review in reviews:
        by_card[review.card].append(review)
    for own in by_card.values():
        yield from (after for before, after in pairwise(own) if before.stamp.day < after.stamp.day)


def _retention(tested: Iterable[Review]) -> Retention:
    recalled = [review.grade.recalled for review in tested]
    return Retention(len(recalled), sum(recalled))


def _took(reviews: Iterable[Review]) -> int:
    return sum(review.took_ms or 0 for review in reviews)


def _due_from(state: CardState, today: Day) -> Day | None:
    """The first day from ``today`` on at which the card can be asked; None if it is new or suspended."""
    if state.due is None or state.suspended:
        return None
    return max(state.due, today + (state.buried == today))


def _seen(known: Iterable[CardState]) -> int:
    return sum(not state.new for state in known)


def _due(known: Iterable[CardState], today: Day) -> int:
    return sum(_due_from(state, today) == today for state in known)


def _totals(facts: _Facts, days: Sequence[DayFigures], *, undone: int) -> Totals:
    known, cards = facts.known.values(), len(facts.deck)
    return Totals(
        reviews=len(facts.reviews),
        undone=undone,
        cards=cards,
        seen=_seen(known),
        new=cards - _seen(known),
        due=_due(known, facts.today),
        suspended=sum(state.suspended for state in known),
        days_studied=len(days),
        streak=_streak({figures.day for figures in days}, facts.today),
        took_ms=_took(facts.reviews),
        retention=_retention(facts.tested),
    )


def _streak(days: set[Day], today: Day) -> int:
    end = today if today in days else today - 1
    start = end
    while start in days:
        start -= 1
    return end - start


def _days(reviews: Iterable[Review]) -> tuple[DayFigures, ...]:
    by_day = defaultdict(list)
    first: dict[str, Day] = {}
    for review in reviews:
        by_day[review.stamp.day].append(review)
        first.setdefault(review.card, review.stamp.day)
    new = Counter(first.values())
    return tuple(
        DayFigures(day, len(own), new[day], sum(review.grade.recalled for review in own), _took(own))
        for day, own in sorted(by_day.items())
    )


def _topics(facts: _Facts) -> tuple[TopicFigures, ...]:
    cards = Counter[str | None](facts.deck.values())
    reviews, tested = (_by_topic(row, facts.deck) for row in (facts.reviews, facts.tested))
    states = _by_topic(facts.known.values(), facts.deck)
    return tuple(
        TopicFigures(
            topic=topic,
            cards=cards[topic],
            seen=_seen(states[topic]),
            due=_due(states[topic], facts.today),
            reviews=len(reviews[topic]),
            took_ms=_took(reviews[topic]),
            retention=_retention(tested[topic]),
        )
        for topic in ([*cards, None] if None in reviews else list(cards))
    )


def _by_topic(row: Iterable[Of], deck: Mapping[str, str]) -> defaultdict[str | None, list[Of]]:
    found: defaultdict[str | None, list[Of]] = defaultdict(list)
    for one in row:
        found[deck.get(one.card)].append(one)
    return found


def _forecast(known: Iterable[CardState], today: Day) -> tuple[DueDay, ...]:
    due = Counter(_due_from(state, today) for state in known)
    return tuple(DueDay(day, due[day]) for day in range(today, today + HORIZON))


def _proofs(receipts: Iterable[Receipt]) -> tuple[Proof, ...]:
    by_claim = defaultdict(list)
    for receipt in receipts:
        by_claim[receipt.claim].append(receipt)
    latest = ((max(own, key=lambda receipt: (receipt.at, receipt.id)), len(own)) for own in by_claim.values())
    return tuple(Proof(*found) for found in sorted(latest, key=lambda found: found[0].claim))
