"""The sum of a sitting."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from quizapp.model.grade import Grade
from quizapp.service.study import Summary
from quizapp.tui import words
from quizapp.tui.draw.lines import BLANK, heading, prose
from quizapp.tui.look import Look
from quizapp.tui.speak import duration

BAR = 16
"""Cells of the longest bar."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def summary(total: Summary, unseen: int, look: Look, notice: str) -> RenderableType:
    """What was done, how it went, what falls due, and what can be done next."""
    title = words.DONE_TITLE if total.reviews else words.EMPTY_TITLE
    parts: list[RenderableType] = [Text(look.say(title), style=look.accent + look.strong.without_color), BLANK]
    ahead = Group(heading(look.say(words.SUM_AHEAD), look), _ahead(total.next_days, look))
    if total.reviews:
        grades = Group(heading(look.say(words.SUM_GRADES), look), _grades(total, look))
        parts += [_facts(total, look), BLANK, _beside(grades, ahead), BLANK]
    else:
        parts += [ahead, BLANK]
    parts += [heading(look.say(words.SUM_NEXT), look), *_next(unseen, look)]
    if notice:
        parts += [BLANK, prose(notice, look.unsure)]
    return Group(*parts)


def _facts(total: Summary, look: Look) -> RenderableType:
    figures = [(str(total.reviews), words.SUM_REVIEWS), (str(total.cards), words.SUM_CARDS)]
    if total.judged:
        figures.append((f"{total.right}/{total.judged}", words.SUM_RIGHT))
    figures.append((duration(total.took_ms, look.lang), words.SUM_TIME))
    grid = Table.grid(padding=(0, 5, 0, 0))
    grid.add_row(*(Text(value, style=look.strong) for value, _ in figures))
    grid.add_row(*(Text(look.say(word), style=look.muted) for _, word in figures))
    return grid


def _grades(total: Summary, look: Look) -> RenderableType:
    colours = {Grade.AGAIN: look.bad, Grade.HARD: look.unsure, Grade.GOOD: look.good, Grade.EASY: look.accent}
    rows = [(look.say(words.GRADES[grade]), total.grades.get(grade, 0), colours[grade]) for grade in Grade]
    return _bars(rows, look)


def _ahead(days: tuple[int, ...], look: Look) -> RenderableType:
    rows = []
    for ahead, count in enumerate(days, 1):
        name = look.say(words.SUM_TOMORROW) if ahead == 1 else look.say(words.SUM_IN_DAYS, n=ahead)
        rows.append((name, count, look.accent))
    return _bars(rows, look)


def _beside(left: RenderableType, right: RenderableType) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    grid.add_row(left, right)
    return grid


def _bars(rows: list[tuple[str, int, Style]], look: Look) -> Table:
    top = max((count for _, count, _ in rows), default=0)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=max((cell_len(name) for name, _, _ in rows), default=1))
    for name, count, style in rows:
        bar = Text(_bar(count, top), style=style)
        grid.add_row(
            Text(name, style=look.muted),
            bar.append(f"{' ' if count else ''}{count}", look.text if count else look.faint),
        )
    return grid


def _bar(count: int, top: int) -> str:
    eighths = round(8 * BAR * count / max(top, 8))  # eight fill the bar at least: one card is no full day
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _next(unseen: int, look: Look) -> Iterator[RenderableType]:
    if unseen:
        yield _key("m", look.say(words.NEXT_MORE, unseen=unseen), look)
    else:
        yield Text(look.say(words.NEXT_NONE), style=look.text)
    yield _key("r", look.say(words.NEXT_REVIEW), look)
    yield _key("q", look.say(words.NEXT_QUIT), look)


def _key(key: str, says: str, look: Look) -> Text:
    return Text.assemble((f"{key}  ", look.accent), (says, look.text))
