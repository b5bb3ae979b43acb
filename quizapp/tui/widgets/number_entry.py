"""The field that a number is typed into."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from quizapp.tui.commands import TYPING, bindings


class NumberEntry(Input):
    """A line of typing; Enter submits it, Esc leaves it with the text kept."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(TYPING)

    class Left(Message):
        """The learner went back to the keys."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id, compact=True, select_on_focus=False, max_length=40)

    def action_leave(self) -> None:
        """Back to the keys of the card."""
        self.post_message(self.Left())

    def begin(self, char: str) -> None:
        """Start typing with the character that was pressed outside."""
        self.focus()
        self.cursor_position = len(self.value)
        self.insert_text_at_cursor(char)
