"""The one way out of the commands: everything that is printed is cleaned here.

Ruff refuses ``click.echo``, ``print`` and a Rich console anywhere else in this room, so that a new command cannot
forget. Results go to stdout, talk to stderr.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from quizapp.sanitise import Run, clean, escaped, line, painted

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import RenderableType


def put(*runs: Run | str) -> None:
    """One line to stdout; a line break inside becomes a space, so that no name makes up a line of its own."""
    click.echo(painted(runs, colour=colour()))  # noqa: TID251  # the way out


def tell(text: str) -> None:
    """Lines of talk to stderr."""
    click.echo(clean(text, max_chars=None), err=True)  # noqa: TID251  # the way out


def ask(question: str) -> bool:
    """Ask on the terminal; the answer that Enter gives is no."""
    return click.confirm(line(question), default=False, err=True)  # noqa: TID251  # the way out


def put_json(data: object, *, indent: int | None = None) -> None:
    """One JSON value to stdout, the data as it is: what a terminal would obey is escaped, which no reader notices."""
    click.echo(escaped(json.dumps(data, ensure_ascii=False, indent=indent)))  # noqa: TID251  # the way out


def pour(parts: Iterable[str]) -> None:
    """Text that is ours, or that the report room has made fit for a terminal, to stdout as it is."""
    for part in parts:
        click.echo(part, nl=False)  # noqa: TID251  # the way out


def show(drawn: RenderableType) -> None:
    """A Rich renderable to stdout, with no markup, no link and no control in it."""
    from rich.console import Console

    from quizapp.text.guard import Guarded

    console = Console(width=width(), force_terminal=colour() or None, highlight=False, markup=False, emoji=False)
    console.print(Guarded(drawn))


def colour() -> bool:
    """Whether stdout shows colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def width() -> int:
    """How wide to write: the terminal's width between 40 and 100 cells."""
    import shutil

    return max(40, min(100, shutil.get_terminal_size().columns))


def clean_what_python_says() -> None:
    """Tracebacks and warnings quote what they are about: a stranger's file name, or a line of his script."""
    import warnings

    def complain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        import traceback

        tell("".join(traceback.format_exception(kind, error, trace)).rstrip())

    def warn(message: Warning | str, kind: type[Warning], filename: str, lineno: int, *_: object, **__: object) -> None:
        tell(warnings.formatwarning(message, kind, filename, lineno).rstrip())

    sys.excepthook = complain
    warnings.showwarning = warn  # type: ignore[assignment]  # it takes all that Python's own takes
