"""What ``quizapp due`` and the first paint need, by the standard library's sqlite3 alone.

A few milliseconds, where importing the ORM costs hundreds. Nothing here writes; a database
that is not there yet reads as one without reviews.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from quizapp.model.event import CardState, Day
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.store import rows
from quizapp.store.door import BUSY_SECONDS, Found, StoreError, connect, explained, look


@dataclass(frozen=True, slots=True)
class Today:
    """What one study day has seen so far, undone reviews left out.

    ``new`` cards had their first review on it; ``graded`` are its reviews in order.
    """

    new: int = 0
    graded: tuple[tuple[str, Grade], ...] = ()

    @property
    def reviews(self) -> int:
        return len(self.graded)

    @property
    def recent(self) -> tuple[str, ...]:
        """The card of each review, latest last."""
        return tuple(card for card, _ in self.graded)

    @property
    def again(self) -> tuple[str, ...]:
        """The cards graded Again, once each, in the order of their latest lapse."""
        lapsed = (card for card, grade in reversed(self.graded) if grade is Grade.AGAIN)
        return tuple(dict.fromkeys(lapsed))[::-1]


@dataclass(frozen=True, slots=True)
class Glance:
    """Every card's state, and the day so far, as one moment saw them."""

    states: list[CardState]
    today: Today


def glance(path: Path, day: Day, *, wait: float = BUSY_SECONDS) -> Glance:
    """The states of all cards that have any event, and what ``day`` has seen.

    Raises ``StoreError`` for a file that is not a quizapp database of a known format.
    """
    with _reading(path, wait) as connection:
        if connection is None:
            return Glance([], Today())
        return Glance(_states(connection), _today(connection, day))


def latest_receipts(path: Path, claims: Sequence[str], *, wait: float = BUSY_SECONDS) -> dict[str, Receipt]:
    """The latest receipt of each of ``claims`` that has one. Raises as ``glance`` does."""
    query = f"SELECT {', '.join(rows.RECEIPT)} FROM receipt WHERE claim = ? ORDER BY at DESC, id DESC LIMIT 1"  # noqa: S608 - our own column names
    with _reading(path, wait) as connection:
        if connection is None:
            return {}
        found = (connection.execute(query, (claim,)).fetchone() for claim in claims)
        return {receipt.claim: receipt for receipt in map(rows.receipt, filter(None, found))}


@contextmanager
def _reading(path: Path, wait: float) -> Iterator[sqlite3.Connection | None]:
    """One read transaction, so that all that is read is of one moment; None without a database."""
    found = look(path, wait=wait)
    if found is Found.OLDER:
        raise StoreError(f"{path} is of an older format; quizapp study brings it up to date and keeps a copy")
    if found is not Found.CURRENT:
        yield None
        return
    with explained(path), closing(_connect(path, wait)) as connection:
        connection.execute("BEGIN")
        yield connection


def _connect(path: Path, wait: float) -> sqlite3.Connection:
    connection = connect(path, mode="ro", wait=wait)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
        return connect(path, mode="rw", wait=wait)  # SQLite rolls a killed writer's journal back on the first read
    return connection


def _states(connection: sqlite3.Connection) -> list[CardState]:
    query = f"SELECT {', '.join(rows.STATE)} FROM card_state ORDER BY card"  # noqa: S608 - our own column names
    return [rows.state(row) for row in connection.execute(query)]


# One index look-up a review: the day's few reviews by event_day, each one's undo by event_target.
_REVIEWS = """
SELECT card, grade FROM event AS e
WHERE day = ? AND kind = 'review' AND NOT EXISTS (SELECT 1 FROM event AS u WHERE u.target = e.id)
ORDER BY at, device, seq, id
"""


def _today(connection: sqlite3.Connection, day: Day) -> Today:
    graded = tuple((card, Grade(grade)) for card, grade in connection.execute(_REVIEWS, (day,)))
    (new,) = connection.execute("SELECT count(*) FROM card_state WHERE first = ?", (day,)).fetchone()
    return Today(new, graded)
