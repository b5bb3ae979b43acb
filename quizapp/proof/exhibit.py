"""Exhibits as lines of plain text: tables aligned, curves as bars, maps as shades."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from quizapp.proof.evidence import Curves, Exhibit, HeatMap, Note, Table
from quizapp.proof.width import cells, number, wrap
from quizapp.sanitise import line

LEVELS = "▁▂▃▄▅▆▇█"
SHADES = " ░▒▓█"
DEPTHS = " ·-=#"
"""Positive values are shaded blocks, negative ones marks; both grow darker with size."""


def exhibit_lines(item: Exhibit, lang: str, width: int) -> Iterator[str]:
    """The exhibit with its title, no line wider than ``width`` cells."""
    yield from wrap(line(item.say.to(lang)), width)
    match item:
        case Table():
            yield from _table(item.rows_in(lang), width)
        case Curves():
            yield from _curves(item, lang, width)
        case HeatMap():
            yield from _map(item, width)
        case Note():
            pass


def _table(given: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    rows = [[line(cell) for cell in row] for row in given]
    wide = [max(cells(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        filled = "  ".join(
            _fill(cell, size, left=not index) for index, (cell, size) in enumerate(zip(row, wide, strict=True))
        )
        fits = cells(filled) <= width - 2  # as it stands: wrapping would take the blanks of an empty first cell
        yield from (f"  {part}" for part in ([filled.rstrip()] if fits else wrap(filled, width - 2)))


def _fill(cell: str, size: int, *, left: bool) -> str:
    gap = " " * (size - cells(cell))
    return cell + gap if left else gap + cell


def _curves(item: Curves, lang: str, width: int) -> Iterator[str]:
    lines = [(line(name), ys) for name, ys in item.lines_in(lang)]
    names = max(cells(name) for name, _ in lines)
    values = [y for _, ys in lines for y in ys if math.isfinite(y)]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    room = max(8, width - names - 4)
    for name, ys in lines:
        yield f"  {_fill(name, names, left=True)}  {_spark(ys, low, high, room)}"
    yield f"  x {number(item.x[0])} … {number(item.x[-1])}, y {number(low)} … {number(high)}"


def _spark(ys: Sequence[float], low: float, high: float, room: int) -> str:
    step = max(1, math.ceil(len(ys) / room))
    span = high - low or 1.0
    return "".join(LEVELS[round((y - low) / span * (len(LEVELS) - 1))] if math.isfinite(y) else "?" for y in ys[::step])


def _map(item: HeatMap, width: int) -> Iterator[str]:
    top = max((abs(value) for row in item.grid for value in row if math.isfinite(value)), default=0.0) or 1.0
    step = max(1, math.ceil(2 * max(len(row) for row in item.grid) / (width - 2)))
    for row in item.grid[::step]:
        yield "  " + "".join(_shade(value / top) * 2 for value in row[::step]).rstrip()
    yield f"  █ +{number(top)}   # -{number(top)}"


def _shade(share: float) -> str:
    if not math.isfinite(share):
        return "?"
    scale = SHADES if share >= 0 else DEPTHS
    return scale[math.ceil(abs(share) * (len(scale) - 1) - 1e-9)]
