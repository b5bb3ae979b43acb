"""The application: languages, themes, help and the way out. What is studied is the study screen's."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.reactive import reactive
from textual.types import CSSPathType

from quizapp.model.words import Lang
from quizapp.service.study import Study, Turn
from quizapp.tui.commands import APP, bindings
from quizapp.tui.guard import Guard, GuardedConsole
from quizapp.tui.look import INK, PAPER, Look, ansi, theme
from quizapp.tui.screens.help import HelpScreen
from quizapp.tui.screens.study import StudyScreen
from quizapp.tui.screens.summary import SummaryScreen


class QuizApp(App[int]):
    """One study sitting."""

    TITLE = "quizapp"
    # The default screen's own style sheet is never loaded by Textual (8.2), so it stands here.
    CSS_PATH: ClassVar[CSSPathType | None] = ["app.tcss", "screens/study.tcss"]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(APP),
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),
    ]

    lang: reactive[Lang] = reactive(Lang.EN, init=False)

    def __init__(self, study: Study, turn: Turn | None, *, lang: Lang, dark: bool) -> None:
        super().__init__()
        self._guard, self.error_console = Guard(), GuardedConsole()
        self.ansi_theme_dark, self.ansi_theme_light = ansi(INK), ansi(PAPER)
        for palette in (INK, PAPER):
            self.register_theme(theme(palette))
        self.theme = (INK if dark else PAPER).name
        self.set_reactive(QuizApp.lang, lang)
        self._study = StudyScreen(study, turn)

    @property
    def look(self) -> Look:
        """The language and colours of now."""
        return Look.of(self.lang, dark=self.current_theme.dark)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the guard: whatever a widget draws goes through it."""
        return [*super().get_line_filters(), self._guard]

    def on_mount(self) -> None:
        """A closed window and a kill are ways out like any other: runs end, and the terminal is given back."""
        with suppress(NotImplementedError, AttributeError):  # Windows has no such signals
            for end in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(end, self.action_leave)

    def get_default_screen(self) -> StudyScreen:
        """The study screen lies under all others."""
        return self._study

    def action_language(self) -> None:
        """The other language, everything else as it is."""
        self.lang = self.lang.other

    def action_theme(self) -> None:
        """Dark or light."""
        self.theme = (PAPER if self.current_theme.dark else INK).name

    def action_help(self) -> None:
        """All keys; a second time closes them."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            self.push_screen(HelpScreen())

    def action_leave(self) -> None:
        """Out, at once; every grade is on disk already."""
        self._study.stop()
        self.exit(0)

    def on_summary_screen_asked(self, message: SummaryScreen.Asked) -> None:
        """What the learner wants next, from the summary to the study screen."""
        self._study.wanted(message.what)
