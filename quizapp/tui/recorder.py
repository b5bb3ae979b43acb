"""What the study screen writes and reads of the sitting: in a thread, one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from textual.message import Message
from textual.widget import Widget

from quizapp.model.card import Card
from quizapp.model.event import Shelf
from quizapp.model.grade import Grade
from quizapp.model.words import Words
from quizapp.proof.record import Proof
from quizapp.service.errors import REFUSALS
from quizapp.service.receipts import keep
from quizapp.service.study import Study, Summary, Turn
from quizapp.tui import words
from quizapp.tui.state import Life

MORE = 5
"""How many new cards one key press adds to the day."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What stands at the end of a sitting."""

    summary: Summary
    unseen: int


class Turned(Message):
    """Here is the next card, or the sum of the sitting where there is none; ``life`` is one that came back."""

    def __init__(self, turn: Turn | None, total: Sum | None, notice: Words | None, life: Life | None) -> None:
        super().__init__()
        self.turn, self.total, self.notice, self.life = turn, total, notice, life


class Refused(Message):
    """Nothing was written; the card stays. ``settles``: it was what the recorder was busy with."""

    def __init__(self, why: Words, *, settles: bool = True) -> None:
        super().__init__()
        self.why, self.settles = why, settles


@dataclass(frozen=True, slots=True)
class _Did:
    """What a job did. Without ``moved`` the card on the screen stays."""

    notice: Words | None = None
    moved: bool = True
    life: Life | None = None


@dataclass(frozen=True, slots=True)
class _Past:
    """What can be undone in this sitting, with the life to bring back."""

    life: Life
    review: bool


@dataclass
class Recorder:
    """Grades, shelves and undoes for ``host``, which hears ``Turned`` or ``Refused`` after each."""

    host: Widget
    study: Study
    busy: bool = False
    done: int = 0
    _past: list[_Past] = field(default_factory=list)

    def grade(self, turn: Turn, life: Life, grade: Grade, took_ms: int) -> None:
        """Record a grade and turn to the next card."""

        def job() -> _Did:
            confidence = life.confidence if life.value is not None else None
            self.study.grade(turn, grade, took_ms=took_ms, confidence=confidence, right=life.right)
            self._past.append(_Past(life, review=True))
            self.done += 1
            return _Did()

        self._commit(job)

    def shelve(self, card: Card, life: Life, shelf: Shelf) -> None:
        """Bury or suspend a card and turn to the next."""

        def job() -> _Did:
            self.study.shelve(card, shelf)
            self._past.append(_Past(life, review=False))
            return _Did(words.BURIED if shelf is Shelf.BURY else words.SUSPENDED)

        self._commit(job)

    def undo(self) -> None:
        """Take back the latest event; its card comes back as it was left."""
        self._commit(self._undo)

    def more(self) -> None:
        """Allow some further new cards today."""

        def job() -> _Did:
            self.study.more(MORE)
            return _Did()

        self._commit(job)

    def again(self) -> None:
        """Look once more whether anything is due."""
        self._commit(lambda: _Did(words.NOTHING_NEW))

    def total(self) -> None:
        """Ask for the sum of the sitting."""
        self._commit(_Did)

    def keep(self, proof: Proof) -> None:
        """Store the receipt of a finished proof; the screen goes on meanwhile."""
        self.host.run_worker(partial(self._keep, proof), thread=True, group="receipts")

    def settle(self) -> None:
        """What was asked for has been shown; the next may come."""
        self.busy = False

    def _undo(self) -> _Did:
        card = self.study.undo()
        if card is None:
            return _Did(words.NOTHING_TO_UNDO, moved=False)
        past = self._past.pop() if self._past and self._past[-1].life.card.id == card else None
        self.done -= 1 if past and past.review else 0
        return _Did(words.UNDONE, life=past.life if past else None)

    def _commit(self, job: Callable[[], _Did]) -> None:
        if self.busy:
            return
        self.busy = True
        self.host.run_worker(partial(self._work, job), thread=True, group="record")

    def _work(self, job: Callable[[], _Did]) -> None:
        try:
            did = job()
        except REFUSALS as error:
            if not _stale(error):
                self.host.post_message(Refused(_why(error)))
                return
            did = _Did(words.STALE)
        if not did.moved and did.notice is not None:
            self.host.post_message(Refused(did.notice))
            return
        self._turn(did)

    def _turn(self, did: _Did) -> None:
        try:
            turn = self.study.turn()
            total = Sum(self.study.summary(), self.study.unseen()) if turn is None else None
        except REFUSALS as error:
            self.host.post_message(Refused(_why(error)))
            return
        life = did.life if did.life and turn and did.life.card.id == turn.card.id else None
        self.host.post_message(Turned(turn, total, did.notice, life))

    def _keep(self, proof: Proof) -> None:
        try:
            keep(self.study.store, proof, self.study.clock)
        except REFUSALS as error:
            self.host.post_message(Refused(_why(error), settles=False))


def _stale(error: Exception) -> bool:
    from quizapp.store.database import StaleError  # the ORM, which has been imported by whatever went wrong

    return isinstance(error, StaleError)


def _why(error: Exception) -> Words:
    said = str(error)
    return Words(words.NOT_SAVED.en.format(why=said), words.NOT_SAVED.zh.format(why=said))
