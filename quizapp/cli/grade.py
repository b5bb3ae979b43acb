"""``quizapp grade``: one review from a script."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.common import card_argument, db_option, json_option, library
from quizapp.cli.out import put, put_json

EXAMPLES = """\b
Examples:
  quizapp grade conv-bn-fusion/formula good
  quizapp grade conv-bn-fusion/formula again --json
"""


@click.command(epilog=EXAMPLES)
@card_argument
@click.argument("grade", type=click.Choice(["again", "hard", "good", "easy"]))
@json_option
@db_option
def command(*, card: str, grade: str, as_json: bool, database: Path) -> None:
    """Grade CARD and print the day it is due again.

    The review is on disk before anything is printed.
    """
    from quizapp.model.grade import Grade
    from quizapp.service.grading import grade_card

    done = grade_card(library(), database, card, Grade[grade.upper()])
    if as_json:
        put_json(done.as_json())
    else:
        put(done.sentence())
