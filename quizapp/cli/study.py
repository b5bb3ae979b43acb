"""``quizapp study``: the study screen."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import complete_topics, db_option, deck_option, lang_option, library
from quizapp.tui import LEAST

if TYPE_CHECKING:
    from quizapp.tui import Theme

EXAMPLES = """\b
Examples:
  quizapp study
  quizapp study --topic 01 --topic cross-entropy
  quizapp study --lang zh --new 20
  quizapp study --deck mydeck --db mydeck.db
"""


@click.command(epilog=EXAMPLES)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    shell_complete=complete_topics,
    help="Only this topic (number or slug); may be repeated.",
)
@click.option("--new", type=click.IntRange(0, 1000), default=12, show_default=True, help="New cards a day at most.")
@click.option("--reviews", type=click.IntRange(0, 10000), default=200, show_default=True, help="Reviews a day at most.")
@click.option("--theme", type=click.Choice(["dark", "light"]), help="Colours; t switches on the screen.")
@deck_option
@lang_option
@db_option
def command(
    *,
    topics: tuple[str, ...],
    new: int,
    reviews: int,
    theme: Theme | None,
    deck: Path | None,
    lang: str,
    database: Path,
) -> None:
    """Answer the cards that are due, prove them, grade them. Everything is saved as you go."""
    from quizapp.model.words import Lang
    from quizapp.schedule.queue import Limits
    from quizapp.service.study import Study, refuse_unwritable

    refuse_unfit_terminal()
    shelf = library(deck)
    if shelf.foreign is not None:
        from quizapp.service.sharing import refuse_shared_history

        refuse_shared_history(shelf, database)
    study = Study(shelf, database, limits=Limits(new, reviews), topics=topics)
    study.turn()  # a broken deck or database is told before the screen opens
    refuse_unwritable(database)
    from quizapp.tui import run

    sys.exit(run(study, lang=Lang(lang), theme=theme))


def refuse_unfit_terminal() -> None:
    """Raise ``RequestError`` where the screen cannot be shown."""
    from quizapp.service.errors import RequestError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RequestError("study needs a terminal; for scripts there are quizapp due, grade, verify and export")
    columns, rows = shutil.get_terminal_size()
    if columns < LEAST[0] or rows < LEAST[1]:
        raise RequestError(f"this terminal is {columns}×{rows}; make it {LEAST[0]}×{LEAST[1]} or larger, 80×24 at best")
