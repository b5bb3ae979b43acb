"""``quizapp stats``: the figures, on one page."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.common import db_option, json_option, library


@click.command(epilog="\b\nExamples:\n  quizapp stats\n  quizapp stats --json")
@json_option
@db_option
def command(*, as_json: bool, database: Path) -> None:
    """Show your statistics. quizapp export stats writes them to a file."""
    from quizapp.service.figures import figures, stats_as

    if as_json:
        click.echo(stats_as(library(), database, "json"), nl=False)
        return
    from rich.console import Console

    from quizapp.cli.common import colour, width
    from quizapp.cli.figures import page

    console = Console(width=width(), force_terminal=colour() or None, highlight=False, markup=False)
    console.print(page(figures(library(), database)))
