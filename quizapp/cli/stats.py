"""``quizapp stats``: the figures, on one page."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.common import db_option, json_option, library
from quizapp.cli.out import pour, show


@click.command(epilog="\b\nExamples:\n  quizapp stats\n  quizapp stats --json")
@json_option
@db_option
def command(*, as_json: bool, database: Path) -> None:
    """Show your statistics. quizapp export stats writes them to a file."""
    from quizapp.service.figures import figures, stats_as

    if as_json:
        pour([stats_as(library(), database, "json")])
        return
    from quizapp.cli.figures import page

    show(page(figures(library(), database)))
