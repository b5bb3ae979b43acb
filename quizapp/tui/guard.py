"""The last door before the terminal: every line of every widget passes it, whatever drew it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from quizapp.text.guard import Guarded, guarded


class Guard(LineFilter):
    """Takes out what a terminal would obey and what a click would start; every segment keeps its width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of one line."""
        return list(guarded(segments))


class GuardedConsole(Console):
    """Where Textual writes its last words: a traceback quotes the card that it failed on."""

    def __init__(self) -> None:
        super().__init__(markup=False, highlight=False, emoji=False, stderr=True)

    def print(self, *objects: Any, **options: Any) -> None:
        """Each renderable, guarded."""
        super().print(*map(Guarded, objects), **options)
