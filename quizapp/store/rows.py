"""Between rows of the database and nouns of the model: standard library only, shared by both doors.

A row is the tuple of the columns named here, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quizapp.model.event import CardState, Event, Memory, Review, Shelf, Shelve, Stamp, Undo
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt

EVENT = (
    *("id", "at", "device", "seq", "day", "zone"),
    *("card", "kind", "grade", "took_ms", "confidence", "right", "target"),
)
STATE = (
    *("card", "stability", "difficulty", "first", "last", "due"),
    *("reps", "lapses", "suspended", "buried"),
)
RECEIPT = ("id", "at", "claim", "verdict", "seed", "device", "digest", "record")


def event(row: Sequence[Any]) -> Event:
    """The event of a row of ``EVENT``."""
    stamp = Stamp(*row[:6])
    card, kind, grade, took_ms, confidence, right, target = row[6:]
    if kind == "review":
        return Review(stamp, card, Grade(grade), took_ms, confidence, None if right is None else bool(right))
    if kind == "undo":
        return Undo(stamp, card, target)
    return Shelve(stamp, card, Shelf(kind))


def event_values(event: Event) -> dict[str, Any]:
    """Column by column, what an event is stored as."""
    stamp = event.stamp
    common = {name: getattr(stamp, name) for name in EVENT[:6]} | {"card": event.card}
    match event:
        case Review():
            answer = {name: getattr(event, name) for name in ("took_ms", "confidence")}
            right = None if event.right is None else int(event.right)
            return common | answer | {"kind": "review", "grade": int(event.grade), "right": right}
        case Undo():
            return common | {"kind": "undo", "target": event.target}
        case Shelve():
            return common | {"kind": event.shelf.value}


def state(row: Sequence[Any]) -> CardState:
    """The card state of a row of ``STATE``."""
    card, stability, difficulty, first, last, due, reps, lapses, suspended, buried = row
    memory = None if stability is None else Memory(stability, difficulty)
    return CardState(card, memory, first, last, due, reps, lapses, bool(suspended), buried)


def state_values(state: CardState) -> dict[str, Any]:
    """Column by column, what a card state is stored as."""
    values: dict[str, Any] = {name: getattr(state, name) for name in STATE if name not in ("stability", "difficulty")}
    values["suspended"] = int(state.suspended)
    memory = state.memory
    values["stability"], values["difficulty"] = (memory.stability, memory.difficulty) if memory else (None, None)
    return values


def receipt(row: Sequence[Any]) -> Receipt:
    """The receipt of a row of ``RECEIPT``."""
    return Receipt(*row)


def receipt_values(receipt: Receipt) -> dict[str, Any]:
    """Column by column, what a receipt is stored as."""
    return {name: getattr(receipt, name) for name in RECEIPT}
