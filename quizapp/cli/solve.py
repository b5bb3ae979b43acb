"""``quizapp solve``: the learner's code, judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import card_argument, deck_option, json_option, lang_option, library
from quizapp.cli.out import put, put_json

if TYPE_CHECKING:
    from quizapp.service.proving import Judged

EXAMPLES = """\b
Examples:
  quizapp show conv-bn-fusion/write-fold    the task and its starter
  quizapp solve conv-bn-fusion/write-fold mine.py
  quizapp solve conv-bn-fusion/write-fold - < mine.py
"""


@click.command(epilog=EXAMPLES)
@card_argument
@click.argument("file", type=click.File("rb"))
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The seed of the cases.")
@click.option("--timeout", type=click.FloatRange(1), default=30, show_default=True, help="Seconds it may take.")
@deck_option
@json_option
@lang_option
def command(
    *, card: str, file: click.File, seed: int, timeout: float, deck: Path | None, as_json: bool, lang: str
) -> None:
    """Judge FILE (- for standard input) by the claim of the code card CARD.

    Exit code 0 accepted, 1 not accepted, 2 bad input.
    """
    from quizapp.cli.attempts import as_json as to_json
    from quizapp.cli.attempts import report
    from quizapp.service.attempts import LONGEST, judge

    judged = judge(library(deck), card, file.read(LONGEST + 1), seed, timeout)  # type: ignore[attr-defined]  # click.File gives the open file
    if as_json:
        put_json(to_json(card, judged))
    else:
        for said in report(card, judged, lang):
            put(said)
    sys.exit(_code(judged))


def _code(judged: Judged) -> int:
    from quizapp.service.proving import Word

    if judged.word is Word.ACCEPTED:
        return 0
    return 2 if judged.word in (Word.BROKEN, Word.SKIPPED) else 1
