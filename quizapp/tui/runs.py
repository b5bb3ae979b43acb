"""Runs beside the screen: a thread iterates, messages report, the screen draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.widget import Widget

from quizapp.service.proving import Running


class Told(Message):
    """Something that a lane's run saw or concluded."""

    def __init__(self, lane: Lane, number: int, what: object) -> None:
        super().__init__()
        self.lane, self.number, self.what = lane, number, what

    @property
    def current(self) -> bool:
        """Whether the run still matters; one that was cancelled may have spoken before it heard of it."""
        return self.number == self.lane.number


class Lane:
    """At most one run at a time; starting another, or ``stop``, cancels the one before."""

    def __init__(self, host: Widget, name: str) -> None:
        self._host, self._name = host, name
        self._cancel: Callable[[], None] | None = None
        self.number = 0

    @property
    def busy(self) -> bool:
        """Whether a run is in progress."""
        return self._cancel is not None

    def start(self, running: Running[Any], broken: Callable[[str], object]) -> None:
        """Run in a thread; each thing told comes as ``Told``. ``broken`` makes a conclusion of a crash."""
        self.stop()
        self._cancel, number = running.cancel, self.number

        def iterate() -> None:
            try:
                for what in running:
                    self._host.post_message(Told(self, number, what))
            except Exception as error:  # a run that cannot start is a conclusion to show, not the end of the screen
                self._host.post_message(Told(self, number, broken(f"{type(error).__name__}: {error}")))

        self._host.run_worker(iterate, thread=True, group=self._name)

    def done(self) -> None:
        """The run has concluded."""
        self._cancel = None

    def stop(self) -> bool:
        """Cancel the run in progress; whether there was one."""
        self.number += 1
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()
        return cancel is not None
