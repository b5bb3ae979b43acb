"""``quizapp due``: what there is to do today, in a few milliseconds."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.common import db_option, json_option, library
from quizapp.cli.out import put, put_json


@click.command(epilog="\b\nExamples:\n  quizapp due\n  quizapp due --json")
@json_option
@db_option
def command(*, as_json: bool, database: Path) -> None:
    """Say what there is to study today: due, new within the day's limit, graded Again."""
    from quizapp.service.due import due_today

    today = due_today(library(), database)
    if as_json:
        put_json(today.as_json())
    else:
        put(today.sentence())
