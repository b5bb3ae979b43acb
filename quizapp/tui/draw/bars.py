"""The lines at the edges of the screen: header, grade bar, keys, the rule with its hints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from quizapp.model.card import Topic
from quizapp.model.grade import Grade
from quizapp.sanitise import line as one_line
from quizapp.schedule.queue import Counts
from quizapp.tui import words
from quizapp.tui.commands import Command, Stage
from quizapp.tui.draw.lines import fitted, joined, meter
from quizapp.tui.look import Look
from quizapp.tui.speak import interval


def header(topic: Topic | None, counts: Counts | None, done: int, look: Look, width: int) -> Text:
    """Topic, progress and what is left of the day, in exactly one line."""
    right = _progress(counts, done, look, width) if counts else Text("")
    number = f" {topic.number:02d} " if topic else " quizapp "
    room = width - right.cell_len - cell_len(number) - 3
    title = one_line(topic.title[look.lang]) if topic else ""
    line = Text.assemble((number, look.chip(look.palette.accent)), " ", (fitted(title, max(0, room)), look.strong))
    line.append("  ")
    return line.append_text(right)


def _progress(counts: Counts, done: int, look: Look, width: int) -> Text:
    left = counts.due + counts.new + counts.learning
    line = meter(done, done + left, 16 if width >= 100 else 8, look)
    line.append(f" {done}/{done + left}", look.text)
    if width < 60:
        return line
    parts = (
        (counts.due, words.DUE, look.good),
        (counts.new, words.NEW, look.accent),
        (counts.learning, words.AGAIN, look.bad),
    )
    for count, word, style in parts:
        if count:
            line.append(f"  {count}", style)
            line.append(f" {look.say(word)}", look.muted)
    return line.append(" ")


def grades(days: Mapping[Grade, int], suggested: Grade, look: Look, width: int) -> Text:
    """The four grades, a quarter of the width each, the suggested one filled; in two lines where it is narrow."""
    share = width // len(days)
    cells = [_grade(grade, days[grade], look, share - 1, filled=grade is suggested) for grade in Grade]
    if share >= MIN_SHARE:
        return Text(" ").join([Text.assemble(name, when) for name, when in cells])
    return Text("\n").join([Text(" ").join([cell[line] for cell in cells]) for line in (0, 1)])


def _grade(grade: Grade, days: int, look: Look, width: int, *, filled: bool) -> tuple[Text, Text]:
    """A grade's name and its next interval, beside each other or, narrow, above each other."""
    colours = (look.palette.bad, look.palette.unsure, look.palette.good, look.palette.accent)
    colour, ground = colours[grade - 1], look.palette.raised
    name = f" {int(grade)} {look.say(words.GRADES[grade])} "
    beside = width >= MIN_SHARE - 1
    indent, room = ("", width - cell_len(name)) if beside else (" ", width)
    when = indent + interval(days, look.lang)
    if cell_len(when) > room:
        when = indent + interval(days, look.lang, short=True)
    first = look.chip(colour) if filled else Style(color=colour, bgcolor=ground, bold=True)
    second = Style(color=ground, bgcolor=colour) if filled else Style(color=look.palette.muted, bgcolor=ground)
    return Text(fitted(name if beside else name.rstrip(), width - room if beside else width), style=first), Text(
        fitted(when, room), style=second
    )


def keys(commands: Iterable[Command], always: Iterable[Command], stage: Stage, look: Look, width: int) -> Text:
    """The keys that do something now, as many as fit; ``always`` stay."""
    now = [_key(command, stage, look) for command in commands if command.when(stage) and command.name(stage)]
    kept = [_key(command, stage, look) for command in always]
    return joined([*now, *kept], width, keep=len(kept))


def _key(command: Command, stage: Stage, look: Look) -> Text:
    name = command.name(stage)
    assert name is not None
    return Text.assemble((command.shown, look.accent), " ", (look.say(name), look.muted))


MIN_SHARE = 15
"""Cells that a grade and its interval need beside each other."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """How many lines of a pane are out of sight, and the keys that bring them back."""

    above: int = 0
    below: int = 0
    keys: tuple[str, str] = ("k", "j")

    def said(self, look: Look) -> str:
        """The hint; empty when all is in sight."""
        up = f"↑ {look.say(words.MORE_ABOVE, n=self.above)} ({self.keys[0]})" if self.above else ""
        down = f"↓ {look.say(words.MORE_BELOW, n=self.below)} ({self.keys[1]})" if self.below else ""
        return "  ".join(part for part in (up, down) if part)


def rule(look: Look, width: int, notice: str, hidden: Iterable[Hidden]) -> Text:
    """The line between the body and the keys: a notice at its left, what is out of sight at its right."""
    line = Text()
    if notice:
        line.append("── ", look.faint)
        said = one_line(notice)
        line.append(fitted(said, min(cell_len(said), width - 6)), look.unsure)
        line.append(" ")
    tails = [f" {said} " for pane in hidden if (said := pane.said(look))]
    while tails and line.cell_len + sum(map(cell_len, tails)) + 2 * len(tails) > width:
        tails.pop(0)
    room = width - line.cell_len - sum(map(cell_len, tails))
    for tail in tails:
        line.append("─" * (room // len(tails)), look.faint)
        line.append(tail, look.accent)
    line.append("─" * (width - line.cell_len), look.faint)
    return line
