"""One line at an edge of the screen, drawn for the width it has."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

Draw = Callable[[int], Text]


class Line(Widget):
    """A single line; ``show`` takes a function from the width in cells to the text."""

    class Clicked(Message):
        """The line was clicked, ``share`` of its width from its left edge."""

        def __init__(self, line: Line, share: float) -> None:
            super().__init__()
            self.line, self.share = line, share

        @property
        def control(self) -> Line:
            """The line, for ``on(Line.Clicked, "#…")``."""
            return self.line

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id)
        self._drawn: Draw = lambda _: Text("")

    def show(self, drawn: Draw) -> None:
        """Draw this from now on, at every size."""
        self._drawn = drawn
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Say where."""
        self.post_message(self.Clicked(self, event.x / max(1, self.size.width)))

    def render(self) -> Text:
        """The line at the present width."""
        text = self._drawn(self.content_size.width)
        text.no_wrap = True
        return text
