"""The card: its prompt, options, key points and what comes after the reveal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from quizapp import sanitise
from quizapp.deck.claims import ClaimInfo
from quizapp.deck.prompt import fill
from quizapp.model.card import Believed, ChoiceCard, CodeCard, Explained, Kind, Myth, NumberCard, Option
from quizapp.model.words import Words
from quizapp.text import markdown
from quizapp.text.wrap import Prose
from quizapp.tui import words
from quizapp.tui.draw.lines import BLANK, heading, marked, prose, spread
from quizapp.tui.look import Look
from quizapp.tui.state import Life

LETTERS = "ABCDEF"
MAX_DIFFICULTY = 5


def prompt(life: Life, look: Look, given: Mapping[str, object]) -> RenderableType:
    """What is asked, under the card's kind and difficulty."""
    card = life.card
    dots = Text.assemble(("●" * card.difficulty, look.muted), ("○" * (MAX_DIFFICULTY - card.difficulty), look.faint))
    head = spread(Text(look.say(kind(life)), style=look.accent), dots)
    text = markdown.render(fill(card.prompt[look.lang], given), dark=look.dark)
    return Group(head, BLANK, text)


def kind(life: Life) -> Words:
    """The card's kind, with what is particular about it."""
    if life.several:
        return words.KIND_SEVERAL
    if isinstance(life.card, CodeCard) and life.card.bug:
        return words.KIND_BUG
    return words.KINDS[life.card.kind]


def hints(life: Life, look: Look) -> RenderableType:
    """The hints asked for so far."""
    every = life.card.hints
    rows: list[RenderableType] = []
    for place, hint in enumerate(every[: life.hints], 1):
        label = look.say(words.HINT_OF, n=place, of=len(every))
        body = Group(Text(label, style=look.unsure), markdown.render(hint[look.lang], dark=look.dark))
        rows += [*([BLANK] if rows else ()), Bar(body, look.unsure)]
    return Group(*rows)


@dataclass(frozen=True)
class Bar:
    """A renderable with a bar down its left side."""

    body: RenderableType
    style: Style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.body, options.update(width=options.max_width - 2), pad=False):
            yield Segment("▎ ", self.style)
            yield from line
            yield Segment.line()


def options(life: Life, look: Look, claim: ClaimInfo | None) -> list[RenderableType]:
    """One row an option; after the reveal each says whether and why."""
    if not isinstance(life.card, ChoiceCard):
        return []
    draw = _revealed_option if life.revealed else _open_option
    return [draw(life, place, option, look, claim) for place, option in enumerate(life.card.options)]


def _open_option(life: Life, place: int, option: Option, look: Look, _: ClaimInfo | None) -> RenderableType:
    picked = place in life.picks
    style = look.chip(look.palette.accent) if picked else Style(color=look.palette.text, bgcolor=look.palette.raised)
    pointer = ("›" if place == life.cursor else " ", look.accent)
    chip = Text.assemble(pointer, " ", (f" {LETTERS[place]} ", style))
    text = markdown.inline(option.text[look.lang], dark=look.dark)
    if picked:
        text.stylize("bold")
    return marked(chip, Prose(text), width=7)


def _revealed_option(life: Life, place: int, option: Option, look: Look, claim: ClaimInfo | None) -> RenderableType:
    picked = place in life.picks
    good = option.correct
    mark = ("✓" if good else "✗" if picked else " ", look.good if good else look.bad)
    colour = look.palette.good if good else look.palette.bad if picked else look.palette.raised
    chip_style = look.chip(colour) if good or picked else Style(color=look.palette.muted, bgcolor=colour)
    chip = Text.assemble(mark, " ", (f" {LETTERS[place]} ", chip_style))
    text = markdown.inline(option.text[look.lang], dark=look.dark)
    if picked:
        text.append(f"  ← {look.say(words.YOURS)}", look.good if good else look.bad)
    because = markdown.inline(option.because[look.lang], dark=look.dark)
    because.stylize_before(look.muted)
    return marked(chip, Group(Prose(text), Prose(because), *_experiment(option, look, claim)), width=7)


def _experiment(option: Option, look: Look, claim: ClaimInfo | None) -> Iterator[RenderableType]:
    """Which experiment stands behind a wrong option, or honestly that none does."""
    if isinstance(option.stands, Explained):
        yield prose(look.say(words.EXPLAINED), look.muted + Style(italic=True))
    if isinstance(option.stands, Believed) and claim is not None:
        says = claim.misconceptions.get(option.stands.misconception)
        if says is not None:
            yield prose(look.say(words.CAN_RUN, says=says[look.lang]), look.muted + Style(italic=True))


def points(life: Life, look: Look) -> list[RenderableType]:
    """The checklist, one row a key point."""
    rows: list[RenderableType] = []
    for place, point in enumerate(life.card.points):
        ticked = place in life.ticks
        pointer = ("›" if place == life.cursor else " ", look.accent)
        box = ("✔" if ticked else "○", look.good if ticked else look.muted)
        rows.append(
            marked(Text.assemble(pointer, " ", box), Prose(markdown.inline(point[look.lang], dark=look.dark)), width=5)
        )
    return rows


def points_head(life: Life, look: Look) -> RenderableType:
    """The checklist's title, with how many are ticked."""
    aside = f"{len(life.ticks)}/{len(life.card.points)}" if life.ticks else look.say(words.POINTS_HINT)
    return heading(look.say(words.POINTS), look, aside)


def code(life: Life, look: Look) -> RenderableType:
    """The code as it stands, with its line numbers."""
    title = look.say(words.YOUR_CODE if life.changed else words.STARTER)
    aside = "" if life.revealed else look.say(words.WRITE_IT)
    return Group(heading(title, look, aside), BLANK, Listing(life.source, look))


class Listing:
    """Python as it is written: with line numbers, so that a verdict's line can be found, where they fit."""

    def __init__(self, source: str, look: Look) -> None:
        self._source = sanitise.clean(source).rstrip("\n")
        self._theme = (markdown.DARK if look.dark else markdown.LIGHT).theme

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.syntax import Syntax  # pygments takes 30 ms; only code pays for it

        lines = self._source.splitlines()
        gutter = len(str(len(lines))) + 3
        numbered = max(map(cell_len, lines), default=0) + gutter <= options.max_width
        yield Syntax(
            self._source, "python", theme=self._theme, background_color="default",
            line_numbers=numbered, word_wrap=True,
        )  # fmt: skip


def after(life: Life, look: Look, claim: ClaimInfo | None) -> RenderableType:
    """Explanation, our solution where the card asked for code, and sources."""
    card = life.card
    parts: list[RenderableType] = [
        heading(look.say(words.EXPLANATION), look),
        BLANK,
        markdown.render(card.explanation[look.lang], dark=look.dark),
    ]
    if card.kind is Kind.CODE and claim is not None and claim.answer:
        parts += [BLANK, heading(look.say(words.SOLUTION), look), BLANK, Listing(claim.answer, look)]
    if card.myth is not None:
        parts += [BLANK, _myth(card.myth, look)]
    parts += [BLANK, *(_source(source, look) for source in card.sources)]
    return Group(*parts)


def _myth(myth: Myth, look: Look) -> RenderableType:
    said = markdown.inline(look.say(words.MYTH, says=myth.says[look.lang]), dark=look.dark)
    return marked(Text("✗", style=look.bad), Prose(said))


def _source(source: str, look: Look) -> RenderableType:
    return marked(Text("↗", style=look.faint), prose(source, look.muted))


def unit(card: NumberCard, look: Look) -> str:
    """The unit of the number asked for; often empty."""
    return sanitise.line(card.unit[look.lang])


def columns(rows: list[tuple[Text, RenderableType]]) -> Table:
    """Labels at the left, what they label beside them."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for label, value in rows:
        grid.add_row(label, value)
    return grid
