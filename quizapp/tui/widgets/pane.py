"""A pane that scrolls, and says when its size has changed."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.message import Message


class Pane(VerticalScroll, can_focus=False):
    """Keys are the screen's, so a pane takes no focus."""

    class Resized(Message):
        """What fits into the pane may have changed."""

    def on_resize(self) -> None:
        """Say so."""
        self.post_message(self.Resized())
