"""The inline editor."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from quizapp.text import markdown
from quizapp.tui.commands import WRITING, bindings
from quizapp.tui.look import INK, PAPER, Palette


class CodePane(TextArea):
    """A text area for Python: Ctrl+S or F5 hands the text in, Esc goes back and keeps it."""

    # Escape comes first, or it would move the focus elsewhere.
    BINDINGS: ClassVar[list[BindingType]] = bindings(WRITING, priority=True)

    class Judge(Message):
        """The text is to be judged."""

        def __init__(self, source: str) -> None:
            super().__init__()
            self.source = source

    class Left(Message):
        """The learner went back to the keys; the text is kept."""

        def __init__(self, source: str) -> None:
            super().__init__()
            self.source = source

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id, tab_behavior="indent", show_line_numbers=True, soft_wrap=False, compact=True)
        self._coloured: tuple[str, Palette | None, list[Text]] = ("", None, [])

    def action_judge(self) -> None:
        """Hand the text in."""
        self.post_message(self.Judge(self.text))

    def action_leave(self) -> None:
        """Back to the keys of the card."""
        self.post_message(self.Left(self.text))

    def get_line(self, line_index: int) -> Text:
        """One line, coloured; tree-sitter, which Textual would use, is 20 MB for the same."""
        plain = super().get_line(line_index)
        lines = self._lines()
        if line_index < len(lines) and lines[line_index].plain == plain.plain:
            return lines[line_index].copy()
        return plain

    def _lines(self) -> list[Text]:
        text, palette = self.text, INK if self.app.current_theme.dark else PAPER
        if self._coloured[:2] != (text, palette):
            self._coloured = (text, palette, _colour(text, palette))
        return self._coloured[2]


def _colour(text: str, palette: Palette) -> list[Text]:
    from rich.syntax import Syntax  # pygments takes 30 ms; only who writes code here pays for it

    theme = markdown.DARK.theme if palette.dark else markdown.LIGHT.theme
    coloured = Syntax("", "python", theme=theme, background_color=palette.raised).highlight(text)
    return list(coloured.split("\n", allow_blank=True))
