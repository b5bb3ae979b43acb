"""Runs as an iterator of what they tell: one after the other, or several side by side."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from quizapp.model.card import ClaimRef
from quizapp.proof.record import Outcome, Role
from quizapp.runner import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """One outcome of a run in progress."""

    claim: ClaimRef
    subject: str
    role: Role
    outcome: Outcome


Translate = Callable[[Message], Seen | T | None]


class Cancellable(Protocol):
    """A run as the runner gives it."""

    def __iter__(self) -> Iterator[Message]: ...

    def cancel(self) -> None:
        """End it at once; from any thread."""


Part = tuple[Cancellable, Translate[T]]


class Running(Generic[T]):
    """Runs in a row that tell what they see and what they conclude.

    Iterating runs; ``cancel`` may be called from any thread and ends it at once.
    """

    def __init__(self, parts: Sequence[Part[T]]) -> None:
        self._parts = parts

    def cancel(self) -> None:
        """End what is in progress and begin nothing else."""
        for run, _ in self._parts:
            run.cancel()

    def __iter__(self) -> Iterator[Seen | T]:
        for run, translate in self._parts:
            yield from _told(run, translate)

    def result(self) -> T:
        """Run to the end and return the last conclusion."""
        *_, last = (told for told in self if not isinstance(told, Seen))
        return last


class Abreast(Running[T]):
    """As many as ``jobs`` of the parts at once, begun in their order; what they tell is mixed as it comes."""

    def __init__(self, parts: Sequence[Part[T]], jobs: int) -> None:
        super().__init__(parts)
        self._jobs = max(1, min(jobs, len(parts)))

    def __iter__(self) -> Iterator[Seen | T]:
        left, told = iter(self._parts), queue.SimpleQueue[Seen | T | BaseException | None]()
        lock = threading.Lock()
        threads = [
            threading.Thread(target=self._work, args=(left, lock, told), name=f"runs-{number}", daemon=True)
            for number in range(self._jobs)
        ]
        for thread in threads:
            thread.start()
        try:
            yield from _until_done(told, len(threads))
        finally:
            if any(thread.is_alive() for thread in threads):
                self.cancel()
            for thread in threads:
                thread.join()

    @staticmethod
    def _work(
        left: Iterator[Part[T]], lock: threading.Lock, told: queue.SimpleQueue[Seen | T | BaseException | None]
    ) -> None:
        try:
            while (part := _next(left, lock)) is not None:
                for what in _told(*part):
                    told.put(what)
        except BaseException as error:  # raised again where the iteration is, instead of ending a thread in silence
            told.put(error)
        told.put(None)


def _told(run: Iterable[Message], translate: Translate[T]) -> Iterator[Seen | T]:
    yield from (what for message in run if (what := translate(message)) is not None)


def _next(left: Iterator[Part[T]], lock: threading.Lock) -> Part[T] | None:
    with lock:
        return next(left, None)


def _until_done(told: queue.SimpleQueue[Seen | T | BaseException | None], threads: int) -> Iterator[Seen | T]:
    while threads:
        what = told.get()
        if isinstance(what, BaseException):
            raise what
        if what is None:
            threads -= 1
        else:
            yield what
