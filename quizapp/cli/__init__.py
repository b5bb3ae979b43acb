"""The command line. Each command is its own module, imported when it is called.

``quizapp --help`` and ``quizapp due`` are answered before torch, SQLAlchemy, pydantic or Textual
could be imported; a test holds that.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import click


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 a verdict against, 2 bad input, 130 interrupted."""
    import click

    from quizapp.cli.group import cli
    from quizapp.cli.out import clean_what_python_says, tell
    from quizapp.service.errors import REFUSALS

    end_like_a_person()
    clean_what_python_says()
    try:
        sys.exit(cli.main(prog_name="quizapp", standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        tell(_shown(error))
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except REFUSALS as error:
        _complain(str(error))
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # the reader of a pipe has seen enough
            sys.stderr.close()
            sys.exit(141)
        _complain(f"{error.filename or 'the system'}: {error.strerror}; nothing was written")


def end_like_a_person() -> None:
    """A kill or a closed window unwinds the stack, so that runs and their folders end with the program."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:  # Windows has no SIGHUP
            signal.signal(number, lambda signum, _: sys.exit(128 + signum))


def _shown(error: click.ClickException) -> str:
    """What Click says of an error; it quotes the command line, where a shell may have put any file name."""
    import io

    said = io.StringIO()
    error.show(said)
    return said.getvalue().removesuffix("\n")


def _complain(message: str) -> NoReturn:
    from quizapp.cli.out import tell

    tell(f"quizapp: {message}")
    sys.exit(2)
