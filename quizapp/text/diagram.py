"""Small drawings of evidence: margins, intervals, maps, tables. Curves are in ``plot``.

Plain data in, Rich out, never wider than ``width`` cells. Each drawing also reads without
colour: signs, words and marks carry what the colours repeat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from quizapp.sanitise import line
from quizapp.text.wrap import wrap

INSIDE, OUTSIDE, UNSURE = "green", "red", "yellow"
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SHADES = "·░▒▓█"


def number(value: float) -> str:
    """A number in at most nine characters, three significant digits: ``0.0123``, ``1.2e-07``, ``nan``."""
    if value != 0 and math.isfinite(value) and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}"
    return f"{value:.0f}" if abs(value) >= 1e3 and math.isfinite(value) else f"{value:.3g}"


def margin_bar(margin: float, *, accepted: bool | None, width: int, reach: float = 6.0) -> Text:
    """How far inside (right, ``margin`` > 0) or outside (left) its bound a value lies, in powers of ten.

    The bar is clipped at ``reach`` on either side, with an arrow where it is; words say the same.
    """
    words = _margin_words(margin, reach)
    half = (width - 23) // 2  # the words take at most 21 cells, with a space before them and the bound's line
    colour = _colour(accepted)
    if half < 3:
        return _fit(Text(words, style=colour), width)
    share = 0.0 if math.isnan(margin) else max(-1.0, min(1.0, margin / reach))
    left, right = _bar(-share, half, leftward=True), _bar(share, half, leftward=False)
    bar = Text.assemble((left, colour), "│", (right, colour), " ", (words, colour))
    return _fit(bar, width)


def _colour(accepted: bool | None) -> str:
    return UNSURE if accepted is None else INSIDE if accepted else OUTSIDE


def _margin_words(margin: float, reach: float) -> str:
    if math.isnan(margin):
        return "no number"
    side = "inside" if margin >= 0 else "outside"
    size = f"> 10^{reach:g}" if abs(margin) > reach else f"10^{abs(margin):.1f}"
    return f"{size} {side}" if abs(margin) >= 0.05 else f"at the bound, {side}"


def _bar(share: float, cells: int, *, leftward: bool) -> str:
    """A bar from the centre outward. Block characters grow rightward only, so leftward is whole cells."""
    if share <= 0:
        return " " * cells
    if leftward:
        return ("█" * max(1, round(share * cells))).rjust(cells)
    eighths = max(1, round(share * cells * 8))
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(cells)


def interval(low: float, middle: float, high: float, *, bound: float, accepted: bool | None, width: int) -> Text:
    """A measured interval ``├──●──┤`` on a ruler with its bound ``┃``, and the numbers below."""
    ends = [value for value in (low, middle, high, bound) if math.isfinite(value)]
    numbers = f"{number(low)} … {number(middle)} … {number(high)}   bound {number(bound)}"
    if len(ends) < 4 or width < 12:
        return _fit(Text(numbers, style=_colour(accepted)), width)
    cells = ["·"] * width
    left, centre, right, edge = (_place(value, min(ends), max(ends), width) for value in (low, middle, high, bound))
    cells[left : right + 1] = "─" * (right + 1 - left)
    cells[left], cells[right], cells[centre] = "├", "┤", "●"
    cells[edge] = "┃"
    ruler = Text("".join(cells), style=_colour(accepted))
    ruler.stylize("bold", edge, edge + 1)
    return Text("\n").join([ruler, *_split(numbers, width)])


def _place(value: float, low: float, high: float, width: int) -> int:
    """The cell of ``value`` on a ruler from ``low`` to ``high``; halves first, so that nothing overflows."""
    span = high / 2 - low / 2
    return width // 2 if span == 0 else round((value / 2 - low / 2) / span * (width - 1))


def heat_map(grid: Sequence[Sequence[float]], *, width: int, height: int = 24) -> Text:
    """Numbers as shaded cells, two characters each: the sign (``+`` or ``-``) and a shade for the size.

    A grid that does not fit into ``width`` cells and ``height`` rows is pooled: each cell then shows
    the largest of its block, by size. The legend comes last.
    """
    columns = max((len(row) for row in grid), default=0)
    if columns == 0:
        return _fit(Text("an empty grid"), width)
    block = max(math.ceil(columns / max(1, width // 2)), math.ceil(len(grid) / max(1, height)))
    pooled = _pool(grid, block)
    top = max((abs(value) for row in pooled for value in row if math.isfinite(value)), default=0.0)
    lines = [Text.assemble(*(_cell(value, top) for value in row)) for row in pooled]
    note = f", each cell the largest of {block}×{block}" if block > 1 else ""
    legend = f"-█ {number(-top)}  0 ·  +█ {number(top)}{note}"
    return Text("\n").join([*lines, *_split(legend, width)])


def _pool(grid: Sequence[Sequence[float]], block: int) -> list[list[float]]:
    columns = max(len(row) for row in grid)
    return [
        [
            max((value for row in grid[y : y + block] for value in row[x : x + block]), key=_size, default=math.nan)
            for x in range(0, columns, block)
        ]
        for y in range(0, len(grid), block)
    ]


def _size(value: float) -> float:
    return math.inf if math.isnan(value) else abs(value)  # a NaN must not hide in its block


def _cell(value: float, top: float) -> tuple[str, str]:
    if math.isnan(value):
        return "??", UNSURE
    share = 1.0 if math.isinf(value) else abs(value) / top if top else 0.0
    shade = _SHADES[math.ceil(share * 4)]
    sign = "+" if value > 0 else "-" if value < 0 else " "
    return sign + shade, "blue" if value < 0 else "red" if value > 0 else "dim"


def table(rows: Sequence[Sequence[str]], *, width: int) -> Table:
    """Rows of short texts under their header (the first row); columns of numbers are right-aligned."""
    header, *body = [[line(cell) for cell in row] for row in rows] or [[""]]
    drawn = Table(width=None, header_style="bold", box=None, pad_edge=False)
    columns = max(len(row) for row in [header, *body])
    for place, name in enumerate(header + [""] * (columns - len(header))):
        cells = [row[place] for row in body if place < len(row)]
        numeric = bool(cells) and all(map(_numeric, cells))
        drawn.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        drawn.add_row(*map(Text, row))
    drawn.width = min(width, _natural_width(header, body, columns))
    return drawn


def _natural_width(header: list[str], body: list[list[str]], columns: int) -> int:
    """What the table needs: its widest cells and two spaces between columns."""
    widest = [
        max((cell_len(line) for row in [header, *body] for line in row[place : place + 1]), default=0)
        for place in range(columns)
    ]
    return max(1, sum(widest) + 2 * (columns - 1))


def _numeric(cell: str) -> bool:
    try:
        float(cell.rstrip("%x×").replace(",", "") or "-")
    except ValueError:
        return cell in {"", "-", "–"}
    return True


def _fit(text: Text, width: int) -> Text:
    """``text`` on one line of at most ``width`` cells, an ellipsis where it is cut."""
    text.truncate(max(1, width), overflow="ellipsis")
    return text


def _split(words: str, width: int) -> list[Text]:
    """Words as lines of at most ``width`` cells."""
    return wrap(Text(words, style="dim"), width)
