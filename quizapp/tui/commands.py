"""Commands, each declared once: its keys, its name at the foot of the screen and its line in the help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

from quizapp.model.card import Kind
from quizapp.model.words import Words
from quizapp.tui import words
from quizapp.tui.state import Phase


@dataclass(frozen=True, slots=True)
class Stage:
    """What commands depend on. ``kind`` is None where there is no card."""

    kind: Kind | None
    phase: Phase
    running: bool = False
    busy: bool = False
    wide: bool = False
    several: bool = False
    hints: bool = False
    unseen: bool = False

    @property
    def revealed(self) -> bool:
        return self.phase is Phase.REVEALED


When = Callable[[Stage], bool]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a key does.

    ``keys`` are Textual's names, ``shown`` how they are written on the screen; ``label`` is the
    short name at the foot (None: not shown there), ``explains`` the line in the help overlay.
    ``when`` says where it does anything.
    """

    action: str
    keys: str
    shown: str
    explains: Words
    group: Words
    label: Words | Callable[[Stage], Words | None] | None = None
    when: When = lambda _: True

    def name(self, stage: Stage) -> Words | None:
        """What the foot calls it now."""
        return self.label(stage) if callable(self.label) else self.label


def bindings(commands: Iterable[Command], *, priority: bool = False) -> list[BindingType]:
    """The commands as Textual's bindings."""
    return [Binding(command.keys, command.action, show=False, priority=priority) for command in commands]


def _asking(stage: Stage) -> bool:
    return stage.phase is Phase.ASKING


def _revealed(stage: Stage) -> bool:
    return stage.revealed and not stage.busy


def _choosing(stage: Stage) -> bool:
    return stage.kind is Kind.CHOICE and _asking(stage)


def _coding(stage: Stage) -> bool:
    return stage.kind is Kind.CODE


def _rows(stage: Stage) -> bool:
    return stage.revealed or _choosing(stage)


def _guessing(stage: Stage) -> bool:
    return stage.kind is Kind.NUMBER and _asking(stage)


def _betting(stage: Stage) -> bool:
    return stage.phase is Phase.BETTING


def _idle(stage: Stage) -> bool:
    return not stage.busy


def _forward(stage: Stage) -> Words:
    if stage.revealed:
        return words.NEXT
    return words.CONFIRM if stage.kind in (Kind.CHOICE, Kind.NUMBER) else words.SHOW


STUDY = (
    Command("forward", "space,enter", "Space", words.HELP_SHOW, words.GROUP_ANSWER, _forward, _idle),
    *(
        Command(f"grade({grade})", str(grade), "1–4", words.HELP_GRADE, words.GROUP_ANSWER, None, _revealed)
        for grade in (1, 2, 3, 4)
    ),
    *(
        Command(f"pick({place})", letter, "a–f", words.HELP_PICK, words.GROUP_ANSWER, None, _choosing)
        for place, letter in enumerate("abcdef")
    ),
    *(
        Command(f"type_number({char!r})", key, "0–9 . -", words.HELP_TYPE, words.GROUP_ANSWER, None, _guessing)
        for key, char in (*((digit, digit) for digit in "0123456789"), ("full_stop", "."), ("minus", "-"))
    ),
    Command("edit", "e", "e", words.HELP_EDIT, words.GROUP_ANSWER, words.EDIT, _coding),
    Command("inline", "i", "i", words.HELP_INLINE, words.GROUP_ANSWER, words.INLINE, _coding),
    Command("bet(1)", "p", "p", words.HELP_PREDICT, words.GROUP_ANSWER, words.PREDICT, _betting),
    Command("bet(1, False)", "right", "→", words.HELP_PREDICT, words.GROUP_ANSWER, None, _betting),
    Command("bet(-1, False)", "left", "←", words.HELP_PREDICT, words.GROUP_ANSWER, None, _betting),
    Command("move(-1)", "up", "↑", words.HELP_MOVE, words.GROUP_ANSWER, None, lambda _: True),
    Command("move(1)", "down", "↓", words.HELP_MOVE, words.GROUP_ANSWER, None, lambda _: True),
    Command(
        "mark", "x", "x", words.HELP_TICK, words.GROUP_ANSWER, lambda s: words.TICK if s.revealed else words.PICK, _rows
    ),
    Command(
        "hint",
        "h",
        "h",
        words.HELP_HINT,
        words.GROUP_ANSWER,
        lambda s: words.HINT if s.hints else None,
        lambda s: not s.revealed,
    ),
    Command(
        "cancel",
        "escape",
        "Esc",
        words.HELP_CANCEL,
        words.GROUP_PROOF,
        lambda s: words.CANCEL if s.running else words.BACK,
        lambda s: s.running or _betting(s),
    ),
    Command("prove", "r", "r", words.HELP_PROVE, words.GROUP_PROOF, words.PROVE, _idle),
    Command(
        "prove_anew",
        "R",
        "R",
        words.HELP_ANEW,
        words.GROUP_PROOF,
        lambda s: words.PROVE_ANEW if s.revealed else None,
        _idle,
    ),
    Command("scroll(1)", "j", "j", words.HELP_SCROLL, words.GROUP_CARD),
    Command("scroll(-1)", "k", "k", words.HELP_SCROLL, words.GROUP_CARD),
    Command("page(1)", "pagedown", "PgDn", words.HELP_PAGE, words.GROUP_CARD),
    Command("page(-1)", "pageup", "PgUp", words.HELP_PAGE, words.GROUP_CARD),
    Command("scroll_proof(1)", "J", "J", words.HELP_SCROLL_PROOF, words.GROUP_CARD),
    Command("scroll_proof(-1)", "K", "K", words.HELP_SCROLL_PROOF, words.GROUP_CARD),
    Command("undo", "u", "u", words.HELP_UNDO, words.GROUP_CARD, words.UNDO, _idle),
    Command(
        "bury", "minus", "-", words.HELP_BURY, words.GROUP_CARD, words.BURY, lambda s: _idle(s) and not _guessing(s)
    ),
    Command("suspend_card", "at", "@", words.HELP_SUSPEND, words.GROUP_CARD, words.SUSPEND, _idle),
)

APP = (
    Command("app.language", "L", "L", words.HELP_LANGUAGE, words.GROUP_APP, words.LANGUAGE),
    Command("app.theme", "t", "t", words.HELP_THEME, words.GROUP_APP, words.THEME),
    Command("app.help", "question_mark", "?", words.HELP_HELP, words.GROUP_APP, words.HELP),
    Command("app.leave", "q", "q", words.HELP_QUIT, words.GROUP_APP, words.QUIT),
)

WRITING = (
    Command("judge", "ctrl+s,f5", "Ctrl+S", words.HELP_INLINE, words.GROUP_ANSWER, words.JUDGE),
    Command("leave", "escape", "Esc", words.HELP_INLINE, words.GROUP_ANSWER, words.BACK),
)
"""While code is written; the editor binds them."""

TYPING = (
    Command("submit", "enter", "Enter", words.HELP_TYPE, words.GROUP_ANSWER, words.CONFIRM),
    Command("leave", "escape", "Esc", words.HELP_TYPE, words.GROUP_ANSWER, words.BACK),
)
"""While a number is typed; the entry binds them."""

SUMMARY = (
    Command("more", "m", "m", words.MORE, words.GROUP_CARD, words.MORE, lambda s: s.unseen and not s.busy),
    Command("reviews", "r", "r", words.AGAIN_NOW, words.GROUP_CARD, words.AGAIN_NOW, _idle),
    Command("undo", "u", "u", words.HELP_UNDO, words.GROUP_CARD, words.UNDO, _idle),
)
