"""All keys, from the same declarations that bind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from quizapp.model.words import Words
from quizapp.tui import words
from quizapp.tui.commands import APP, STUDY, Command, bindings
from quizapp.tui.draw.lines import BLANK, prose, spread
from quizapp.tui.look import Look
from quizapp.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from quizapp.tui.app import QuizApp

_GROUPS = (words.GROUP_ANSWER, words.GROUP_PROOF, words.GROUP_CARD, words.GROUP_APP)


class HelpScreen(ModalScreen[None]):
    """Lies over whatever is there; Esc or ? closes it."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(APP),  # an application's own keys do not reach through a modal screen
        ("escape,space,enter", "app.help", ""),
        ("j,down", "scroll(1)", ""),
        ("k,up", "scroll(-1)", ""),
    ]

    def compose(self) -> ComposeResult:
        """One text in one box."""
        with VerticalScroll(id="box", can_focus=False):
            yield Plain(id="text")

    def on_mount(self) -> None:
        """Draw, and again when the language or the theme changes."""
        self.watch(self.app, "lang", self._draw, init=False)
        self.watch(self.app, "theme", self._draw, init=False)
        self._draw()

    def action_scroll(self, step: int) -> None:
        """Where the window is low."""
        self.query_one("#box").scroll_relative(y=step, animate=False)

    def _draw(self) -> None:
        self.query_one("#text", Plain).update(listing(cast("QuizApp", self.app).look))


def listing(look: Look) -> RenderableType:
    """Every command under its group, each once."""
    title = Text(look.say(words.HELP_TITLE), style=look.accent + look.strong.without_color)
    closing = Text(f"j k {look.say(words.SCROLL)}   Esc {look.say(words.CLOSE)}", style=look.muted)
    parts: list[RenderableType] = [spread(title, closing)]
    for group in _GROUPS:
        parts += [BLANK, Text(look.say(group), style=look.strong), _table(group, look)]
    return Group(
        *parts, BLANK, prose(look.say(words.HELP_WALLS), look.muted), prose(look.say(words.HELP_FOOT), look.muted)
    )


def _table(group: Words, look: Look) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(ratio=1)
    for shown, explains in _merged(command for command in (*STUDY, *APP) if command.group is group):
        grid.add_row(Text(shown, style=look.accent), prose(look.say(explains), look.text))
    return grid


def _merged(commands: Iterator[Command]) -> Iterator[tuple[str, Words]]:
    """Keys that do the same in one row."""
    keys: dict[Words, list[str]] = {}
    for command in commands:
        keys.setdefault(command.explains, []).append(command.shown)
    for explains, shown in keys.items():
        yield " ".join(dict.fromkeys(shown)), explains
