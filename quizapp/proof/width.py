"""Fitting text into terminal cells, and numbers into few characters. Standard library only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def number(value: float) -> str:
    """A number with three figures, as short as it reads well."""
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e+")


def cells(text: str) -> int:
    """How many terminal cells a text takes: East Asian wide characters take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` cells (2 or more), broken at spaces or after wide characters, else where they must."""
    lines, line = [], ""
    for word in _pieces(text, width):
        if line and cells(line) + cells(word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word if line or word.strip() else ""
    return [*lines, line.rstrip()] if line.strip() else lines


CLOSING = "，。；：！？、）》」』”’"
"""What no Chinese line begins with."""


def _pieces(text: str, width: int) -> Iterator[str]:
    piece = ""
    for char, after in zip(text, f"{text[1:]} ", strict=False):
        if cells(piece + char.rstrip()) > width:
            yield piece
            piece = ""
        piece += char
        if char == " " or (unicodedata.east_asian_width(char) in "WF" and after not in CLOSING):
            yield piece
            piece = ""
    if piece:
        yield piece
