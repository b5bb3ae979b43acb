"""Findings and exhibits, as wide as there is room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table as Grid
from rich.text import Text

from quizapp.proof.evidence import FAR, Curves, Exhibit, Finding, HeatMap, Match, Note, Table
from quizapp.proof.paper import figure
from quizapp.proof.record import Outcome
from quizapp.sanitise import line as one_line
from quizapp.text import diagram, plot
from quizapp.tui import words
from quizapp.tui.draw.lines import prose
from quizapp.tui.look import Look

SIGNS = {True: "✓", False: "✗", None: "?"}
LONGEST, WIDEST = 100, 40
"""Rows and columns that are drawn: a verifier may measure more in a moment than is laid out in a minute."""


def rest(count: int, look: Look) -> Iterator[RenderableType]:
    """A line that counts what is not drawn, if anything."""
    if count > 0:
        yield prose(look.say(words.AND_MORE, n=count), look.muted)


def track(finding: Finding, look: Look, half: int) -> Text:
    """Where a value lies relative to its bound ``│``: inside to the right, a cell a power of ten.

    An arrow in place of the dot: the value lies beyond the track's end.
    """
    style = look.verdict(finding.accepted)
    if isinstance(finding, Match) or abs(finding.margin) >= FAR:
        sign = SIGNS[finding.accepted]
        return Text.assemble(("╶" + "─" * (half - 1), look.faint), (sign, style), ("─" * (half - 1) + "╴", look.faint))
    reach = max(1, min(half, round(abs(finding.margin))))
    head = ("●" if abs(finding.margin) <= half else "▸" if finding.margin >= 0 else "◂", style)
    body, rest = ("━" * (reach - 1), style), ("─" * (half - reach), look.faint)
    empty, bound = ("─" * half, look.faint), ("│", look.muted)
    if finding.margin >= 0:
        return Text.assemble(empty, bound, body, head, rest)
    return Text.assemble(rest, head, body, bound, empty)


@dataclass(frozen=True)
class FindingRow:
    """A finding: its track, then what was measured; one above the other where it is narrow."""

    finding: Finding
    look: Look
    case: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        half = 7 if options.max_width >= 64 else 5 if options.max_width >= 46 else 3
        line = Text(figure(self.finding, self.look.lang), style=self.look.text)
        if self.case:
            line.append(f"  {one_line(self.case)}", self.look.muted)
        from quizapp.text.wrap import Prose

        grid = Grid.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(width=2 * half + 1, no_wrap=True)
        grid.add_column(ratio=1)
        grid.add_row(track(self.finding, self.look, half), Prose(line))
        yield grid


def outcome_rows(outcome: Outcome, look: Look) -> Iterator[RenderableType]:
    """Everything that was measured on one case, or what it raised."""
    for finding in outcome.findings[:LONGEST]:
        yield FindingRow(finding, look)
    yield from rest(len(outcome.findings) - LONGEST, look)
    if outcome.raised is not None:
        yield prose(outcome.raised, look.bad)


@dataclass(frozen=True)
class Shown:
    """An exhibit under its title."""

    exhibit: Exhibit
    look: Look

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        said = self.look.say(self.exhibit.say)
        if isinstance(self.exhibit, Note):
            yield prose(said, self.look.text)
            return
        if said:
            yield prose(said, self.look.muted)
        yield self._body(width)
        if isinstance(self.exhibit, Table):
            yield from rest(len(self.exhibit.rows) - LONGEST, self.look)

    def _body(self, width: int) -> RenderableType:
        match self.exhibit:
            case Table():
                rows = self.exhibit.rows_in(self.look.lang)[:LONGEST]
                return diagram.table([row[:WIDEST] for row in rows], width=width)
            case Curves(x=x):
                return plot.line_plot(x, dict(self.exhibit.lines_in(self.look.lang)), width=min(width, 76))
            case HeatMap(grid=grid):
                return diagram.heat_map(grid, width=width)
        return Text("")
