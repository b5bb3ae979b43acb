"""A progress bar on stderr, where that is a terminal; otherwise nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from quizapp.sanitise import line


class Bar(Protocol):
    """What a long command tells of its progress."""

    def advance(self) -> None:
        """One more is done."""

    def say(self, what: str) -> None:
        """What is going on now."""


class _Silent:
    def advance(self) -> None:
        pass

    def say(self, what: str) -> None:
        pass


@contextmanager
def progress(total: int) -> Iterator[Bar]:
    """A bar of ``total`` steps that leaves nothing behind; printed results scroll above it."""
    if not sys.stderr.isatty() or total < 2:
        yield _Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    # results in a pipe must stay on stdout: only a terminal's own lines are drawn above the bar
    live = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty())
    with live:
        task = live.add_task("", total=total)
        yield _Drawn(live, task)


class _Drawn:
    def __init__(self, live: object, task: object) -> None:
        self._live, self._task = live, task

    def advance(self) -> None:
        self._live.advance(self._task)  # type: ignore[attr-defined]  # rich is imported only where a bar is drawn

    def say(self, what: str) -> None:
        self._live.update(self._task, description=line(what))  # type: ignore[attr-defined]  # as above
