"""The panel that shows runs."""

from __future__ import annotations

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.timer import Timer

from quizapp.runner import Isolation
from quizapp.tui.draw import proof
from quizapp.tui.look import Look
from quizapp.tui.watch import Watch
from quizapp.tui.widgets.pane import Pane
from quizapp.tui.widgets.plain import Plain

FRAME = 0.12
"""Seconds between two pictures of the spinner."""


class ProofView(Pane):
    """Shows a run as it goes, or what stands there before one."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own parameter name
        super().__init__(id=id)
        self._watch: Watch | None = None
        self._look: Look | None = None
        self._walls: Isolation | None = None
        self._frame = 0
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """One static that holds all of it."""
        yield Plain(id="proof-text")

    def on_mount(self) -> None:
        """The spinner's clock; it stands still unless something runs."""
        self._timer = self.set_interval(FRAME, self._tick, pause=True)

    def rest(self, shown: RenderableType) -> None:
        """Show this; nothing has run."""
        self._watch = self._look = None
        self._paint(shown)
        self._pause()

    def show(self, watch: Watch, look: Look, walls: Isolation | None) -> None:
        """Show a run as it is now; drawing it again as it was costs nothing."""
        was = self._watch, self._look, self._walls
        self._watch, self._look, self._walls = watch, look, walls
        if was[0] is not watch or was[1:] != (look, walls):
            self._paint(proof.panel(watch, look, self._frame, walls))
        if watch.running and self._timer is not None:
            self._timer.resume()
        else:
            self._pause()

    def _tick(self) -> None:
        self._frame += 1
        if self._watch is not None and self._look is not None:
            self._paint(proof.panel(self._watch, self._look, self._frame, self._walls))

    def _paint(self, shown: RenderableType) -> None:
        self.query_one("#proof-text", Plain).update(shown)

    def _pause(self) -> None:
        if self._timer is not None:
            self._timer.pause()
