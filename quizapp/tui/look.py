"""Colours: one palette for a dark room and one for a light one, and the styles made of them.

Colour only repeats what marks and words already say, so that both read without it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.theme import Theme

from quizapp.model.words import Lang, Words
from quizapp.proof.say import Say


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they mean; ``faint`` is for rules, ``muted`` for words that can wait."""

    name: str
    dark: bool
    ground: str
    raised: str
    text: str
    muted: str
    faint: str
    accent: str
    good: str
    bad: str
    unsure: str
    plots: tuple[str, str, str]  # blue, magenta, cyan


INK = Palette(
    "ink", True, "#0f131a", "#1a202b", "#d8dee9", "#8b95a7", "#364052",
    "#82b1ff", "#7fd88f", "#ff7b72", "#e6b450", ("#82b1ff", "#c792ea", "#6fd3e3"),
)  # fmt: skip
PAPER = Palette(
    "paper", False, "#fcfbf8", "#f0ede6", "#22272e", "#656d78", "#cfcabf",
    "#0b57b7", "#1a7f37", "#c4252f", "#8f6200", ("#0b57b7", "#8250df", "#0e7490"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How to draw: in which language and with which palette."""

    lang: Lang
    palette: Palette

    @classmethod
    def of(cls, lang: Lang, *, dark: bool) -> Look:
        """The look of a language in a dark or a light room."""
        return cls(lang, INK if dark else PAPER)

    @property
    def dark(self) -> bool:
        return self.palette.dark

    def say(self, text: Words | Say, **values: object) -> str:
        """A text in the language, its places filled."""
        said = text[self.lang] if isinstance(text, Words) else text.to(self.lang)
        return said.format(**values) if values else said

    @property
    def text(self) -> Style:
        return Style(color=self.palette.text)

    @property
    def strong(self) -> Style:
        return Style(color=self.palette.text, bold=True)

    @property
    def muted(self) -> Style:
        return Style(color=self.palette.muted)

    @property
    def faint(self) -> Style:
        return Style(color=self.palette.faint)

    @property
    def accent(self) -> Style:
        return Style(color=self.palette.accent)

    @property
    def good(self) -> Style:
        return Style(color=self.palette.good)

    @property
    def bad(self) -> Style:
        return Style(color=self.palette.bad)

    @property
    def unsure(self) -> Style:
        return Style(color=self.palette.unsure)

    def chip(self, colour: str) -> Style:
        """Text on a filled ground of ``colour``."""
        return Style(color=self.palette.ground, bgcolor=colour, bold=True)

    def verdict(self, accepted: bool | None, *, wanted: bool = True) -> Style:
        """Green for as it should be, red for not, yellow for undecided."""
        return self.unsure if accepted is None else self.good if accepted is wanted else self.bad


def theme(palette: Palette) -> Theme:
    """The palette as Textual's."""
    return Theme(
        palette.name,
        primary=palette.accent,
        secondary=palette.plots[1],
        warning=palette.unsure,
        error=palette.bad,
        success=palette.good,
        accent=palette.accent,
        foreground=palette.text,
        background=palette.ground,
        surface=palette.ground,
        panel=palette.raised,
        dark=palette.dark,
        variables={"faint": palette.faint, "muted": palette.muted, "raised": palette.raised},
    )


def ansi(palette: Palette) -> TerminalTheme:
    """What the named colours of the text room (``green``, ``red``, …) mean on this palette."""
    blue, magenta, cyan = (_rgb(colour) for colour in palette.plots)
    row = [
        _rgb(palette.ground),
        _rgb(palette.bad),
        _rgb(palette.good),
        _rgb(palette.unsure),
        blue,
        magenta,
        cyan,
        _rgb(palette.text),
    ]
    return TerminalTheme(_rgb(palette.ground), _rgb(palette.text), row, row)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
