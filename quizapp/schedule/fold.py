"""Card state is a fold over the card's events; what grading would do is offered by the same code.

What a grade does, counted in whole study days:

- **Again** brings the card back on the same study day (due today; the session shows it after a
  few others). It becomes a review of a later day only if the day ends first. On a card recalled
  the time before it counts as a lapse; on a new card, or again on one still being relearnt, not.
- **Hard, Good, Easy** send it at least one day away. There are no learning steps: a new card
  goes 1, 2 or 8 days away (default parameters, 8 before fuzz), as the model's initial stability says.
- A recall on a later day, or of a new card, gives Hard < Good < Easy. A second answer on the
  same day adds next to nothing to what the model knows, so there equal intervals may stand.

A review never changes whether a card is suspended or buried.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from quizapp.model.event import CardState, Day, Event, Memory, Review, Shelf, Shelve, Undo
from quizapp.model.grade import Grade
from quizapp.schedule import fuzz
from quizapp.schedule.memory import Fsrs6, MemoryModel

MAXIMUM_INTERVAL = 36500

_RECALLED = (Grade.HARD, Grade.GOOD, Grade.EASY)


@dataclass(frozen=True)
class Scheduler:
    """A memory model and what the learner asks of it.

    ``desired_retention`` is the probability of recall at which a card falls due (0.9: nine of
    ten reviews recalled); ``maximum_interval`` is in days.
    """

    model: MemoryModel = field(default_factory=Fsrs6)
    desired_retention: float = 0.9
    maximum_interval: int = MAXIMUM_INTERVAL
    fuzz: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.desired_retention < 1:
            raise ValueError(f"desired retention {self.desired_retention} must lie between 0 and 1, as in 0.9")
        if not 1 <= self.maximum_interval <= MAXIMUM_INTERVAL:
            raise ValueError(f"maximum interval {self.maximum_interval} must be 1 to {MAXIMUM_INTERVAL} days")


def offer(state: CardState, day: Day, scheduler: Scheduler) -> dict[Grade, CardState]:
    """The state that each grade would give on ``day``: exactly what ``advance`` then gives.

    The interval to show is ``offered.due - day``; 0 for Again means later today.
    """
    day = _not_before(state, day)
    memories = scheduler.model.outcomes(state.memory, _elapsed(state, day))
    days = (0, *_intervals(state, day, memories, Grade.EASY, scheduler))
    return {grade: _graded(state, grade, day, memories[grade], days[grade - 1]) for grade in Grade}


def advance(state: CardState, event: Review | Shelve, scheduler: Scheduler) -> CardState:
    """The state after ``event``, which must be of the same card (``ValueError`` otherwise)."""
    if event.card != state.card:
        raise ValueError(f"an event of card {event.card!r} cannot advance card {state.card!r}")
    return _step(state, event, scheduler, exact=True)


def replay(events: Iterable[Event], scheduler: Scheduler) -> CardState:
    """Fold the events of one card, in the order of their stamps, whatever order they come in.

    A set union: an event met twice counts once. Reviews and shelvings that an ``Undo`` names
    are left out wherever the two stand in the order, since two machines' clocks may disagree.
    An Undo of an Undo takes nothing back (to redo is to grade again), nor does one of an
    unknown event. Raises ``ValueError`` for no events, for events of several cards, and for
    two different events with one id.
    """
    known = _union(events)
    if not known:
        raise ValueError("there are no events to replay; a card without events is CardState(card)")
    undone = {event.target for event in known.values() if isinstance(event, Undo)}
    kept = [event for event in known.values() if not isinstance(event, Undo) and event.stamp.id not in undone]
    kept.sort(key=lambda event: event.stamp.order)
    last = next((event for event in reversed(kept) if isinstance(event, Review)), None)
    state = CardState(next(iter(known.values())).card)
    for event in kept:
        state = _step(state, event, scheduler, exact=event is last)
    return state


def replay_all(events: Iterable[Event], scheduler: Scheduler) -> dict[str, CardState]:
    """``replay`` for each card met in ``events``, by card id."""
    by_card: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_card[event.card].append(event)
    return {card: replay(own, scheduler) for card, own in by_card.items()}


def _union(events: Iterable[Event]) -> dict[str, Event]:
    known: dict[str, Event] = {}
    for event in events:
        if known.setdefault(event.stamp.id, event) != event:
            raise ValueError(f"two different events have the id {event.stamp.id!r}; the log is damaged")
    if len(cards := {event.card for event in known.values()}) > 1:
        raise ValueError(f"events of several cards cannot be replayed as one: {', '.join(sorted(cards))}")
    return known


def _step(state: CardState, event: Review | Shelve, scheduler: Scheduler, *, exact: bool) -> CardState:
    """``advance``; without ``exact``, the due day only tells Again from a recall.

    A later review reads no more of it than that, and the intervals are half the cost of a replay.
    """
    if isinstance(event, Shelve):
        return _shelved(state, event)
    grade, day = event.grade, _not_before(state, event.stamp.day)
    memories = scheduler.model.outcomes(state.memory, _elapsed(state, day))
    least = int(grade.recalled)
    days = _intervals(state, day, memories, grade, scheduler) if exact and least else [least]
    return _graded(state, grade, day, memories[grade], days[-1])


def _not_before(state: CardState, day: Day) -> Day:
    """A card's days never run backwards: a traveller's earlier local date is the same day to it."""
    return day if state.last is None else max(day, state.last)


def _elapsed(state: CardState, day: Day) -> int:
    return 0 if state.last is None else day - state.last


def _intervals(
    state: CardState, day: Day, memories: Mapping[Grade, Memory], best: Grade, scheduler: Scheduler
) -> list[int]:
    """Whole days for Hard up to ``best``: a replay need not pay for the grades above the one given."""
    model, retention = scheduler.model, scheduler.desired_retention
    raw = [model.interval(memories[grade], retention) for grade in _RECALLED[: best - 1]]
    drawn = fuzz.draw(state.card, state.reps) if scheduler.fuzz and raw else None
    apart = 1 if state.new or _elapsed(state, day) > 0 else 0
    return fuzz.intervals(raw, drawn=drawn, apart=apart, most=scheduler.maximum_interval)


def _graded(state: CardState, grade: Grade, day: Day, memory: Memory, interval: int) -> CardState:
    return CardState(
        card=state.card,
        memory=memory,
        first=day if state.first is None else state.first,
        last=day,
        due=day + interval,
        reps=state.reps + 1,
        lapses=state.lapses + (grade is Grade.AGAIN and _recalled_last(state)),
        suspended=state.suspended,
        buried=state.buried,
    )


def _recalled_last(state: CardState) -> bool:
    """Again is the one grade that leaves a card due on the day of its review."""
    return state.due is not None and state.last is not None and state.due > state.last


def _shelved(state: CardState, event: Shelve) -> CardState:
    match event.shelf:
        case Shelf.SUSPEND:
            return replace(state, suspended=True)
        case Shelf.BURY:
            return replace(state, buried=event.stamp.day)
        case Shelf.RESUME:
            return replace(state, suspended=False, buried=None)
