"""Looking at the terminal that a command stands on."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from quizapp.service.screen import NARROW, WIDE, Terminal

PATIENCE = 0.5
"""Seconds for a terminal to answer; one over a slow line takes a tenth."""
_PLACE = re.compile(rb"\x1b\[\d+;(\d+)R")


def here() -> Terminal:
    """What standard output is."""
    stands = sys.stdin.isatty() and sys.stdout.isatty()
    size = os.get_terminal_size(sys.stdout.fileno()) if stands else None
    return Terminal(
        size=(size.columns, size.lines) if size else None,
        encoding=sys.stdout.encoding,
        colours=_colours() if stands else None,
        plain="NO_COLOR" in os.environ,
        cells=_cells() if stands and sys.stdout.encoding.lower() == "utf-8" else {},
    )


def _colours() -> str | None:
    """What Rich, and with it the study screen, would use."""
    from rich.console import Console

    return Console(force_terminal=True).color_system  # asked, not printed on


def _cells() -> Mapping[str, int]:
    """How far the cursor moves by a character, as the terminal tells it; empty where it does not."""
    try:
        import termios  # Windows has none
    except ImportError:
        return {}
    try:
        with _unechoed():
            found = {char: _asked(f"\r{char}") for char in (WIDE, NARROW)}
            os.write(sys.stdout.fileno(), b"\r\x1b[K")
    except (OSError, termios.error):
        return {}
    return {char: column - 1 for char, column in found.items() if column}


@contextmanager
def _unechoed() -> Iterator[None]:
    """Answers come as if they were typed: not shown, and whatever comes late is thrown away."""
    import termios
    import tty

    keys = sys.stdin.fileno()
    before = termios.tcgetattr(keys)
    try:
        tty.setcbreak(keys)
        yield
    finally:
        termios.tcsetattr(keys, termios.TCSAFLUSH, before)


def _asked(text: str) -> int | None:
    """The column, from 1, that the cursor is in after ``text``."""
    os.write(sys.stdout.fileno(), text.encode() + b"\x1b[6n")
    answer, deadline = b"", time.monotonic() + PATIENCE
    while (left := deadline - time.monotonic()) > 0 and select.select([sys.stdin], [], [], left)[0]:
        answer += os.read(sys.stdin.fileno(), 64)
        if found := _PLACE.search(answer):
            return int(found[1])
    return None
