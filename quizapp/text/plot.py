"""Line plots in braille: two by four dots a cell, so 60×10 cells show 120×40 points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.text import Text

from quizapp.sanitise import line as one_line
from quizapp.text.diagram import number
from quizapp.text.wrap import wrap

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_COLOURS = ("cyan", "magenta", "yellow", "green", "red", "blue")
_MARKS = "abcdefghijklmnopqrstuvwxyz"

Point = tuple[float, float]
Cells = dict[tuple[int, int], tuple[int | str, str]]
"""What stands in a cell (row, column): braille dots or a letter, and its colour."""


def line_plot(x: Sequence[float], lines: Mapping[str, Sequence[float]], *, width: int, height: int = 10) -> Text:
    """Named lines over one axis: ``height`` rows, then the ends of x and a legend (at least two lines).

    The axes run from the least to the greatest finite value and say so. With several lines each
    ends in its letter, so that they are told apart without colour. Points that are not finite
    are gaps. Below 24 cells, or what the ends of x need, the numbers alone are given.
    """
    points = {name: _finite(x, ys) for name, ys in lines.items()}
    every = [point for found in points.values() for point in found if point is not None]
    if not every or width < 24 or height < 2:
        return _told(points, width)
    xs, ys = _span([point[0] for point in every]), _span([point[1] for point in every])
    labels = {0: number(ys[1]), height - 1: number(ys[0])}
    gutter = max(map(len, labels.values()))
    if gutter + 1 + sum(len(number(end)) for end in xs) > width:
        return _told(points, width)
    cells = _draw(list(points.values()), xs, ys, width - gutter - 1, height)
    rows = [_row(cells, row, labels.get(row, "").rjust(gutter), width) for row in range(height)]
    legend = wrap(_legend(list(lines)), width) if len(lines) > 1 or "" not in lines else []
    return Text("\n").join([*rows, _axis(xs, gutter, width), *legend])


def _finite(x: Sequence[float], ys: Sequence[float]) -> list[Point | None]:
    return [(a, b) if math.isfinite(a) and math.isfinite(b) else None for a, b in zip(x, ys, strict=True)]


def _span(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _told(points: Mapping[str, Sequence[Point | None]], width: int) -> Text:
    return Text("\n").join(wrap(Text(_summary(points)), width))


def _summary(points: Mapping[str, Sequence[Point | None]]) -> str:
    parts = []
    for name, found in points.items():
        ys = [point[1] for point in found if point is not None]
        parts.append(f"{one_line(name)}: " + (f"{number(min(ys))} to {number(max(ys))}" if ys else "no numbers"))
    return "; ".join(parts) or "no lines"


def _draw(lines: Sequence[Sequence[Point | None]], xs: Point, ys: Point, columns: int, height: int) -> Cells:
    cells: Cells = {}
    for place, line in enumerate(lines):
        colour = _COLOURS[place % len(_COLOURS)]
        dots = [_dot(point, xs, ys, columns * 2, height * 4) if point else None for point in line]
        for start, end in zip(dots, dots[1:] or dots, strict=False):
            for column, row in _segment(start, end):
                _set(cells, column, row, colour)
    for place, line in enumerate(lines if len(lines) > 1 else ()):
        if last := next((point for point in reversed(line) if point), None):
            column, row = _dot(last, xs, ys, columns * 2, height * 4)
            cells[row // 4, column // 2] = (_MARKS[place % len(_MARKS)], _COLOURS[place % len(_COLOURS)])
    return cells


def _dot(point: Point, xs: Point, ys: Point, columns: int, rows: int) -> tuple[int, int]:
    return _scale(point[0], xs, columns), rows - 1 - _scale(point[1], ys, rows)


def _scale(value: float, span: Point, size: int) -> int:
    low, high = span[0] / 2, span[1] / 2  # halves: the greatest float minus the least overflows
    return (size - 1) // 2 if high == low else round((value / 2 - low) / (high - low) * (size - 1))


def _segment(start: tuple[int, int] | None, end: tuple[int, int] | None) -> list[tuple[int, int]]:
    """The dots between two dots; a dot beside a gap stands alone."""
    if start is None or end is None:
        return [dot for dot in (start, end) if dot is not None]
    steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    return [
        (round(start[0] + (end[0] - start[0]) * step / steps), round(start[1] + (end[1] - start[1]) * step / steps))
        for step in range(steps + 1)
    ]


def _set(cells: Cells, column: int, row: int, colour: str) -> None:
    place = row // 4, column // 2
    before = cells.get(place, (0, colour))[0]
    dots = before if isinstance(before, int) else 0
    cells[place] = (dots | _DOTS[row % 4][column % 2], colour)


def _row(cells: Cells, row: int, label: str, width: int) -> Text:
    text = Text(label + "│")
    for column in range(width - len(label) - 1):
        mark, colour = cells.get((row, column), (" ", ""))
        text.append(chr(0x2800 + mark) if isinstance(mark, int) else mark, colour)
    text.rstrip()
    return text


def _axis(xs: Point, gutter: int, width: int) -> Text:
    low, high = number(xs[0]), number(xs[1])
    room = width - gutter - 1 - len(low) - len(high)
    return Text(" " * gutter + "└" + low + "─" * room + high, style="dim")


def _legend(names: Sequence[str]) -> Text:
    text = Text()
    for place, name in enumerate(names):
        mark = f"{_MARKS[place % len(_MARKS)]} " if len(names) > 1 else ""
        text.append(("  " if text else "") + mark + one_line(name), _COLOURS[place % len(_COLOURS)])
    return text
