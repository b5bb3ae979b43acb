"""The panel that shows runs."""

from __future__ import annotations

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Static

from quizapp.tui.draw import proof
from quizapp.tui.look import Look
from quizapp.tui.watch import Watch
from quizapp.tui.widgets.pane import Pane

FRAME = 0.12
"""Seconds between two pictures of the spinner."""


class ProofView(Pane):
    """Shows a run as it goes, or what stands there before one."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id)
        self._watch: Watch | None = None
        self._look: Look | None = None
        self._frame = 0
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """One static that holds all of it."""
        yield Static(id="proof-text", markup=False)

    def on_mount(self) -> None:
        """The spinner's clock; it stands still unless something runs."""
        self._timer = self.set_interval(FRAME, self._tick, pause=True)

    def rest(self, shown: RenderableType) -> None:
        """Show this; nothing has run."""
        self._watch = None
        self._paint(shown)
        self._pause()

    def show(self, watch: Watch, look: Look) -> None:
        """Show a run as it is now."""
        self._watch, self._look = watch, look
        self._paint(proof.panel(watch, look, self._frame))
        if watch.running and self._timer is not None:
            self._timer.resume()
        else:
            self._pause()

    def _tick(self) -> None:
        self._frame += 1
        if self._watch is not None and self._look is not None:
            self._paint(proof.panel(self._watch, self._look, self._frame))

    def _paint(self, shown: RenderableType) -> None:
        self.query_one("#proof-text", Static).update(shown)

    def _pause(self) -> None:
        if self._timer is not None:
            self._timer.pause()
