"""The store: everything that is written of a learner, each time in one transaction.

A card's state is folded from its events inside the transaction that adds the next one, so
that two programs at work on one file never lose an update. The fold itself is handed in:
what a review does to a memory is the schedule's business.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.orm import DeclarativeBase, Session, aliased

from quizapp.model.event import CardState, Event, Moment, Review, Shelf, Shelve, Stamp, Undo
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.store import rows
from quizapp.store.door import BUSY_SECONDS, StoreError
from quizapp.store.engine import Transactions, transactions
from quizapp.store.models import CardStateRow, EventRow, MetaRow, ReceiptRow
from quizapp.store.prepare import prepare

Fold = Callable[[str, Sequence[Event]], CardState]
"""A card's id and all its events, in order and undone ones among them, to its state."""


class StaleError(StoreError):
    """The card has moved on since its state was read; ``state`` is what it is now. Nothing was written."""

    def __init__(self, state: CardState) -> None:
        super().__init__(f"{state.card} was reviewed elsewhere meanwhile; look at it again, then grade it")
        self.state = state


@dataclass(frozen=True, slots=True)
class Difference:
    """A card whose cached state is not the fold of its events; None where there is no such row or no such event."""

    card: str
    cached: CardState | None
    folded: CardState | None


@dataclass(frozen=True, slots=True)
class Undone:
    """An undo, the event it takes back, and the card's state without that."""

    event: Undo
    target: Event
    state: CardState


class Store:
    """One database file of a known format. Safe from several threads and processes; holds nothing open."""

    def __init__(self, transactions: Transactions, fold: Fold) -> None:
        self._transactions = transactions
        self._fold = fold
        with transactions.reading() as session:
            device = session.scalar(select(MetaRow.value).where(MetaRow.key == "device"))
        if device is None:
            raise StoreError(f"{transactions.path} does not say which device it is of; restore a backup copy of it")
        self.device = device

    @classmethod
    def open(cls, path: Path, fold: Fold, *, wait: float = BUSY_SECONDS) -> Self:
        """Open ``path``, making it or bringing it up to date where needed.

        ``wait`` is how many seconds any transaction waits for another program's. Raises
        ``StoreError`` and leaves the file as it was when it is not ours, newer or unusable.
        """
        prepare(path, wait=wait)
        return cls(transactions(path, wait=wait), fold)

    @property
    def path(self) -> Path:
        return self._transactions.path

    def record_review(
        self,
        card: str,
        grade: Grade,
        when: Moment,
        *,
        expected: CardState | None = None,
        took_ms: int | None = None,
        confidence: float | None = None,
        right: bool | None = None,
    ) -> tuple[Review, CardState]:
        """Add one review; return it with the card's new state, both safely on disk.

        ``expected`` is the state that the learner graded against: ``StaleError`` if another
        program has changed it meanwhile.
        """
        assert expected is None or expected.card == card
        with self._transactions.writing() as session:
            if expected is not None:
                _demand(session, expected)
            review = Review(self._stamp(session, when), card, grade, took_ms, confidence, right)
            return review, self._append(session, review)

    def shelve(self, card: str, shelf: Shelf, when: Moment) -> tuple[Shelve, CardState]:
        """Suspend, resume or bury a card; return the event with the card's new state."""
        with self._transactions.writing() as session:
            shelve = Shelve(self._stamp(session, when), card, shelf)
            return shelve, self._append(session, shelve)

    def undo(self, when: Moment, *, card: str | None = None, target: str | None = None) -> Undone | None:
        """Take back the latest event that still stands; None when nothing does.

        Of this device's by default; of ``card``'s, or the one with the id ``target``, from
        whichever device, when named. Called again, it goes one further back.
        """
        with self._transactions.writing() as session:
            event = _event(session, _standing(self.device, card, target))
            if event is None:
                return None
            undo = Undo(self._stamp(session, when), event.card, event.stamp.id)
            return Undone(undo, event, self._append(session, undo))

    def add_receipt(self, receipt: Receipt) -> None:
        """Keep the record of one run; its ``record`` must be JSON, so without NaN or infinity."""
        with self._transactions.writing() as session:
            session.execute(insert(ReceiptRow), rows.receipt_values(receipt))

    def events(self, card: str | None = None) -> list[Event]:
        """The log, or one card's part of it, in its order."""
        with self._transactions.reading() as session:
            query = _log() if card is None else _log().where(EventRow.card == card)
            return [rows.event(row) for row in session.execute(query)]

    def states(self) -> list[CardState]:
        """The state of every card that has any event, by card id."""
        with self._transactions.reading() as session:
            return _states(session)

    def state(self, card: str) -> CardState:
        """The state of one card; a card without events is new."""
        with self._transactions.reading() as session:
            return _state(session, card)

    def receipts(self, claim: str | None = None) -> list[Receipt]:
        """All receipts, or one claim's, oldest first."""
        query = _select(ReceiptRow, rows.RECEIPT).order_by(ReceiptRow.at, ReceiptRow.id)
        with self._transactions.reading() as session:
            found = session.execute(query if claim is None else query.where(ReceiptRow.claim == claim))
            return [rows.receipt(row) for row in found]

    def durations(self) -> dict[str, float]:
        """Seconds that each claim's latest receipt says its run took."""
        seconds = func.json_extract(ReceiptRow.record, "$.seconds")
        # with max() the other columns of a group are those of its row (sqlite.org/lang_select.html, section 2.5)
        query = select(ReceiptRow.claim, seconds, func.max(ReceiptRow.at)).group_by(ReceiptRow.claim)
        with self._transactions.reading() as session:
            return {claim: float(took) for claim, took, _ in session.execute(query) if took is not None}

    def check(self) -> list[Difference]:
        """Every card whose cached state is not what its events fold to; empty when all is well."""
        with self._transactions.reading() as session:
            cached = {state.card: state for state in _states(session)}
            folded = {state.card: state for state in self._refolded(session)}
        cards = sorted(cached.keys() | folded.keys())
        found = (Difference(card, cached.get(card), folded.get(card)) for card in cards)
        return [difference for difference in found if difference.cached != difference.folded]

    def rebuild(self) -> int:
        """Fold the whole log anew into the cache, in one transaction; return the number of cards."""
        with self._transactions.writing() as session:
            states = [rows.state_values(state) for state in self._refolded(session)]
            session.execute(delete(CardStateRow))
            if states:
                session.execute(insert(CardStateRow), states)
            return len(states)

    def _stamp(self, session: Session, when: Moment) -> Stamp:
        """The next number of this device, safe because the transaction is the only writing one."""
        last = session.scalar(select(func.max(EventRow.seq)).where(EventRow.device == self.device))
        return Stamp(uuid7(when.at), when.at, self.device, (last or 0) + 1, when.day, when.zone)

    def _append(self, session: Session, event: Event) -> CardState:
        """Add the event and fold its card; every event of the card is read, since clocks can run backwards."""
        session.execute(insert(EventRow), rows.event_values(event))
        history = session.execute(_log().where(EventRow.card == event.card))
        state = self._fold(event.card, [rows.event(row) for row in history])
        values = rows.state_values(state)
        session.execute(upsert(CardStateRow).values(values).on_conflict_do_update(["card"], set_=values))
        return state

    def _refolded(self, session: Session) -> Iterator[CardState]:
        order = (EventRow.card, EventRow.at, EventRow.device, EventRow.seq, EventRow.id)
        events = (rows.event(row) for row in session.execute(_select(EventRow, rows.EVENT).order_by(*order)))
        for card, history in groupby(events, key=lambda event: event.card):
            yield self._fold(card, list(history))


def uuid7(at: int) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random ones. Never sorted by."""
    high = (at & (1 << 48) - 1) << 16 | 0x7 << 12 | secrets.randbits(12)
    low = 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=high << 64 | low))


def _select(model: type[DeclarativeBase], columns: Sequence[str]) -> Select[Any]:
    """Plain rows in the order that ``rows`` reads: three times as fast as ORM objects, and nothing can be changed."""
    return select(*(getattr(model, column) for column in columns))


def _log() -> Select[Any]:
    return _select(EventRow, rows.EVENT).order_by(EventRow.at, EventRow.device, EventRow.seq, EventRow.id)


def _standing(device: str, card: str | None, target: str | None) -> Select[Any]:
    """The latest event that is no undo and has none, among those asked for."""
    undo = aliased(EventRow)
    undone = select(undo.id).where(undo.target == EventRow.id).exists()
    query = _select(EventRow, rows.EVENT).where(EventRow.kind != "undo", ~undone)
    if card is not None:
        query = query.where(EventRow.card == card)
    if target is not None:
        query = query.where(EventRow.id == target)
    if card is None and target is None:  # a device's own order is its counter: its clock may have been set back
        return query.where(EventRow.device == device).order_by(EventRow.seq.desc()).limit(1)
    latest = (EventRow.at.desc(), EventRow.device.desc(), EventRow.seq.desc(), EventRow.id.desc())
    return query.order_by(*latest).limit(1)


def _event(session: Session, query: Select[Any]) -> Event | None:
    row = session.execute(query).first()
    return None if row is None else rows.event(row)


def _states(session: Session) -> list[CardState]:
    query = _select(CardStateRow, rows.STATE).order_by(CardStateRow.card)
    return [rows.state(row) for row in session.execute(query)]


def _state(session: Session, card: str) -> CardState:
    row = session.execute(_select(CardStateRow, rows.STATE).where(CardStateRow.card == card)).first()
    return CardState(card) if row is None else rows.state(row)


def _demand(session: Session, expected: CardState) -> None:
    state = _state(session, expected.card)
    if state != expected:
        raise StaleError(state)
