"""Rows as CSV lines and as Markdown tables."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from quizapp.sanitise import spelt

Cell = str | int | float | bool | None


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """One line a row, CRLF at its end (RFC 4180); None is empty, truth is ``true`` or ``false``.

    A text that a spreadsheet would run as a formula is given a leading apostrophe: ids come from decks, and
    decks from strangers. What a terminal would obey is written out, as in ``<U+001B>``, and so is the first sign of
    a text that looks like it (``<U+003C>U+001B>``), so that a reader can have every character back.
    """
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(header)
    yield _taken(line)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        yield _taken(line)


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _cell(value: Cell) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            text = spelt(value.replace("<U+", "<U+003C>U+"))
            return f"'{text}" if value.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "'")) else text
        case _:
            return value


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table whose source is aligned too; columns of numbers stand to the right, None is a dash."""
    cells = [[_escaped(value) for value in row] for row in rows]
    numeric = [all(map(_is_number, column)) for column in zip(*cells, strict=True)] or [False] * len(header)
    widths = [max(3, *map(width, column)) for column in zip(header, *cells, strict=True)]
    rule = [f"{'-' * (size - 1)}:" if right else "-" * size for size, right in zip(widths, numeric, strict=True)]
    padded = ([_pad(*cell) for cell in zip(row, widths, numeric, strict=True)] for row in (header, *cells))
    first, *rest = (f"| {' | '.join(row)} |" for row in padded)
    return "\n".join([first, f"| {' | '.join(rule)} |", *rest]) + "\n"


def width(text: str) -> int:
    """Columns of a terminal: a full-width character takes two, a combining one none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _escaped(value: Cell) -> str:
    text = "–" if value is None else str(value)
    shown = "".join(sign if sign.isprintable() else " " for sign in spelt(text))  # no line break ends a row
    return shown.replace("\\", "\\\\").replace("|", "\\|")


def _is_number(text: str) -> bool:
    return text == "–" or text.rstrip("%").replace(".", "", 1).isdecimal()


def _pad(text: str, size: int, right: bool) -> str:
    blank = " " * (size - width(text))
    return blank + text if right else text + blank
