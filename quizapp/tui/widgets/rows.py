"""Rows with a cursor: options and key points."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click
from textual.message import Message

from quizapp.tui.widgets.plain import Plain

MAX_ROWS = 8
"""The most rows that a card may have; made once, since mounting widgets is slower than filling them."""


class Rows(Vertical):
    """Up to ``MAX_ROWS`` renderables, one below the other."""

    class Clicked(Message):
        """A row was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def compose(self) -> ComposeResult:
        """All rows there can be."""
        yield from (Plain() for _ in range(MAX_ROWS))

    def show(self, rows: Sequence[RenderableType]) -> None:
        """Fill as many rows as are needed and hide the others."""
        self.display = bool(rows)
        for place, row in enumerate(self.query(Plain)):
            row.display = place < len(rows)
            if place < len(rows):
                row.update(rows[place])

    def bring(self, index: int) -> None:
        """Scroll a row into view."""
        self.query(Plain)[index].scroll_visible(animate=False)

    def on_click(self, event: Click) -> None:
        """Say which row it was."""
        for place, row in enumerate(self.query(Plain)):
            if event.widget is row:
                self.post_message(self.Clicked(place))
