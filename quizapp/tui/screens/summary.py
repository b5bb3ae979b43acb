"""The end of a sitting: what it came to, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import Screen

from quizapp.model.words import Words
from quizapp.tui.commands import APP, SUMMARY, Stage, bindings
from quizapp.tui.draw import bars
from quizapp.tui.draw.summary import summary
from quizapp.tui.recorder import Sum
from quizapp.tui.state import Phase
from quizapp.tui.widgets.line import Line
from quizapp.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from quizapp.tui.app import QuizApp

_WHEN = {command.action: command.when for command in SUMMARY}


class SummaryScreen(Screen[None]):
    """Shows a sum; what the learner wants next goes up as ``Asked``."""

    CSS_PATH = "summary.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(SUMMARY),
        ("j,down", "scroll(1)", ""),
        ("k,up", "scroll(-1)", ""),
    ]

    class Asked(Message):
        """``more`` new cards, ``again`` (look for due cards) or ``undo``."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, total: Sum) -> None:
        super().__init__()
        self._total = total
        self._notice: Words | None = None

    def compose(self) -> ComposeResult:
        """The sum, and the keys below."""
        with VerticalScroll(id="sheet", can_focus=False):
            yield Plain(id="sum")
        yield Line(id="keys")

    def on_mount(self) -> None:
        """Draw, and again when the language or the theme changes."""
        self.watch(self.app, "lang", self._draw, init=False)
        self.watch(self.app, "theme", self._draw, init=False)
        self._draw()

    def show(self, total: Sum, notice: Words | None) -> None:
        """Another sum: something was asked for, and there is still nothing to study."""
        self._total, self._notice = total, notice
        self._draw()

    def say(self, notice: Words) -> None:
        """A word in passing."""
        self._notice = notice
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is not offered does nothing."""
        return action not in _WHEN or _WHEN[action](self._stage)

    @property
    def _stage(self) -> Stage:
        return Stage(kind=None, phase=Phase.ASKING, unseen=self._total.unseen > 0)

    def _draw(self) -> None:
        look = cast("QuizApp", self.app).look
        notice = look.say(self._notice) if self._notice else ""
        self.query_one("#sum", Plain).update(summary(self._total.summary, self._total.unseen, look, notice))
        stage = self._stage
        foot = (*SUMMARY, *APP[:2])
        self.query_one("#keys", Line).show(lambda width: bars.keys(foot, APP[2:], stage, look, width))

    def action_more(self) -> None:
        """Some further new cards."""
        self.post_message(self.Asked("more"))

    def action_reviews(self) -> None:
        """Whatever has come due meanwhile."""
        self.post_message(self.Asked("again"))

    def action_undo(self) -> None:
        """Take back the last grade."""
        self.post_message(self.Asked("undo"))

    def action_scroll(self, step: int) -> None:
        """Where the window is low."""
        self.query_one("#sheet").scroll_relative(y=step, animate=False)
