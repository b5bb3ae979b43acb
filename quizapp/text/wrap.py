"""Paragraphs that wrap Chinese as well as English.

Rich breaks lines at spaces only and pushes a run of Chinese to the next line as if it were one
word. Here a line may also break beside a wide character, except that closing punctuation never
begins a line and opening punctuation never ends one.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_NO_START = frozenset("，。、；：？！）」』】》〉”’…—·,.;:!?)]}%")
_NO_END = frozenset("（「『【《〈“‘([{")


class Prose:
    """A renderable paragraph; nothing in it is read as markup."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in wrap(self.text, options.max_width):
            if options.justify == "right":  # a table's column of numbers
                line.pad_left(max(0, options.max_width - line.cell_len))
            yield line

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        lines = self.text.plain.splitlines() or [""]
        pieces = [piece for line in lines for piece in _pieces(line)]
        least = max((cell_len(piece.rstrip()) for piece in pieces), default=0)
        return Measurement(least, max(map(cell_len, lines))).with_maximum(options.max_width)


def wrap(text: Text, width: int) -> list[Text]:
    """``text`` as lines of at most ``width`` cells (a wide character needs two), its styles kept."""
    lines = []
    for line in text.split("\n", allow_blank=True):
        line.expand_tabs(4)
        for part in line.divide(_breaks(line.plain, max(width, 2))):
            part.rstrip()
            part.no_wrap, part.overflow, part.end = True, "ignore", "\n"
            lines.append(part)
    return lines


def _breaks(plain: str, width: int) -> list[int]:
    """Offsets at which a new line begins, greedily."""
    breaks: list[int] = []
    offset, used = 0, 0
    for piece in _pieces(plain):
        if used and used + cell_len(piece.rstrip()) > width:
            breaks.append(offset)
            used = 0
        for char in piece if cell_len(piece.rstrip()) > width else ():
            size = cell_len(char)
            if used + size > width and not char.isspace():
                breaks.append(offset)
                used = 0
            used, offset = used + size, offset + 1
        if cell_len(piece.rstrip()) <= width:
            used, offset = used + cell_len(piece), offset + len(piece)
    return breaks


def _pieces(line: str) -> Iterator[str]:
    """The parts of a line that must stay together, with the spaces that follow them."""
    start = 0
    for place in range(1, len(line)):
        if _may_break(line[place - 1], line[place]):
            yield line[start:place]
            start = place
    if line:
        yield line[start:]


def _may_break(before: str, after: str) -> bool:
    if after.isspace():
        return False
    if before.isspace():
        return True
    if before in _NO_END or after in _NO_START or cell_len(after) == 0 or before == "\u200d":
        return False
    return cell_len(before) == 2 or cell_len(after) == 2
