"""``quizapp show``: a card as the screen shows it, in one piece."""

from __future__ import annotations

from pathlib import Path

import click

from quizapp.cli.common import card_argument, deck_option, json_option, lang_option, library
from quizapp.cli.out import put_json, show

EXAMPLES = """\b
Examples:
  quizapp show conv-bn-fusion/formula
  quizapp show conv-bn-fusion/formula --question
  quizapp show conv-bn-fusion/formula --lang zh --json
"""


@click.command(epilog=EXAMPLES)
@card_argument
@click.option("--question", "only_question", is_flag=True, help="Only the question.")
@deck_option
@json_option
@lang_option
def command(*, card: str, only_question: bool, deck: Path | None, as_json: bool, lang: str) -> None:
    """Show CARD: the question, the key points, the explanation and the sources.

    The numbers of a number card stand as {names}: the study screen draws them by seed.
    """
    shelf = library(deck)
    found = shelf.card(card)
    if as_json:
        from quizapp.service.cards import described

        put_json(described(found), indent=1)
        return
    from quizapp.cli.page import page

    show(page(shelf, found, lang, only_question=only_question))
