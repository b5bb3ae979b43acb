"""Runs beside the screen: a thread iterates, messages report, the screen draws."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from textual.message import Message
from textual.widget import Widget

from quizapp.service.running import Running

Begin = Callable[[], Running[Any]]

FRAME = 0.05
"""Seconds between two deliveries: a run may tell faster than anybody can look, and keys come first."""
MOST = 256
"""Things told and not yet taken; then the run waits, and in the end its process does."""


class Told(Message):
    """A lane's run has seen or concluded something: ``Lane.take`` gives it."""

    def __init__(self, lane: Lane, box: Box) -> None:
        super().__init__()
        self.lane, self.box = lane, box

    @property
    def current(self) -> bool:
        """Whether the run still matters; one that was cancelled may have spoken before it heard of it."""
        return self.box is self.lane.box


class Box:
    """What a run has told and the screen has not yet taken. Filled by a thread, emptied by the screen.

    At most one ``Told`` is under way for it, so a key never stands behind more than one.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._told: list[object] = []
        self._called = self._closed = False

    def put(self, what: object) -> bool:
        """Add one thing, waiting for room; whether the screen has still to be called."""
        with self._change:
            self._change.wait_for(lambda: self._closed or len(self._told) < MOST)
            if not self._closed:
                self._told.append(what)
            return self._calls()

    def take(self) -> list[object]:
        """Everything told. The screen is not called again before ``rested``."""
        with self._change:
            told, self._told = self._told, []
            self._change.notify_all()
            return told

    def rested(self) -> bool:
        """The screen has had its frame: whether it is to be called at once."""
        with self._change:
            self._called = False
            return self._calls()

    def close(self) -> None:
        """Nobody listens any more; nothing waits."""
        with self._change:
            self._closed, self._told = True, []
            self._change.notify_all()

    def _calls(self) -> bool:
        calls = bool(self._told) and not self._called
        self._called = self._called or calls
        return calls


class Begun:
    """A run that begins when it is iterated: what it takes to begin one is no work for the screen.

    What ``begin`` raises comes out of the iteration. ``cancel`` may come before there is a run.
    """

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self._running: Running[Any] | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the run, begun or not; from any thread."""
        with self._lock:
            self._cancelled, running = True, self._running
        if running is not None:
            running.cancel()

    def __iter__(self) -> Iterator[Any]:
        running = self._begin()
        with self._lock:
            self._running, cancelled = running, self._cancelled
        if cancelled:
            running.cancel()
        yield from running


class Lane:
    """At most one run at a time; starting another, or ``stop``, cancels the one before."""

    def __init__(self, host: Widget, name: str) -> None:
        self._host, self._name = host, name
        self._cancel: Callable[[], None] | None = None
        self.box = Box()

    @property
    def busy(self) -> bool:
        """Whether a run is in progress."""
        return self._cancel is not None

    def start(
        self,
        begin: Begin,
        broken: Callable[[Exception], object],
        after: Callable[[], None] = lambda: None,
    ) -> None:
        """Run in a thread and say ``Told`` when there is something to take.

        ``broken`` makes a conclusion of what is raised; ``after`` is called in the thread when all is over.
        """
        self.stop()
        running, box = Begun(begin), self.box
        self._cancel = running.cancel

        def tell(what: object) -> None:
            if box.put(what):
                self._host.post_message(Told(self, box))

        def iterate() -> None:
            try:
                for what in running:
                    tell(what)
            except Exception as error:  # a run that cannot start is a conclusion to show, not the end of the screen
                tell(broken(error))
            after()

        self._host.run_worker(iterate, thread=True, group=self._name)

    def take(self) -> list[object]:
        """What has been told since the last time; more is told of a frame later at the earliest."""
        box = self.box
        self._host.set_timer(FRAME, lambda: self._rested(box))
        return box.take()

    def done(self) -> None:
        """The run has concluded."""
        self._cancel = None

    def stop(self) -> bool:
        """Cancel the run in progress; whether there was one."""
        self.box.close()
        self.box = Box()
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()
        return cancel is not None

    def _rested(self, box: Box) -> None:
        if box.rested():
            self._host.post_message(Told(self, box))
