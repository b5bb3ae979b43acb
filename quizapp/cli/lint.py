"""``quizapp lint``: everything that can be wrong with a deck, at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import deck_option, json_option, library
from quizapp.cli.out import put, put_json, tell

if TYPE_CHECKING:
    from quizapp.deck.problem import Problem
    from quizapp.model.card import CodeCard
    from quizapp.service.library import Library

EXAMPLES = """\b
Examples:
  quizapp lint
  quizapp lint --no-run               leave the starters out
  quizapp lint --deck mydeck
  quizapp lint --accept-ids           take new cards into ids.txt
"""


@click.command(epilog=EXAMPLES)
@deck_option
@click.option("--run/--no-run", "run", default=True, help="Judge the starters: one that passes is refused.")
@click.option("--accept-ids", is_flag=True, help="Add the ids of new cards to questions/ids.txt first.")
@json_option
def command(*, deck: Path | None, run: bool, accept_ids: bool, as_json: bool) -> None:
    """Check the deck and print each problem as file:line:column. Exit code 2 where there are any.

    The starters of a deck that is not trusted are not judged.
    """
    from quizapp.cli.progress import progress
    from quizapp.service import linting

    shelf = library(deck)
    if accept_ids:
        for card_id in linting.accept_ids(shelf):
            tell(f"accepted {card_id}")
    problems = linting.static(shelf)
    if run and not linting.refused(problems):
        cards = _judged(shelf)
        with progress(total=len(cards)) as bar:
            for card in cards:
                bar.say(card.id)
                problems += linting.starter(shelf, card)
                bar.advance()
    _report(problems, len(shelf.deck.cards) if not linting.refused(problems) else None, as_json=as_json)
    sys.exit(2 if linting.refused(problems) else 0)


def _judged(shelf: Library) -> Sequence[CodeCard]:
    """The cards whose starters are judged: none, and that is said, where the deck may not run."""
    from quizapp.service import linting
    from quizapp.service.errors import NotRunError

    try:
        shelf.scripts()
    except NotRunError as error:
        tell(f"no starter was judged: {error}")
        return ()
    return linting.code_cards(shelf)


def _report(problems: Sequence[Problem], cards: int | None, *, as_json: bool) -> None:
    if as_json:
        put_json([_described(problem) for problem in problems], indent=1)
        return
    for problem in problems:
        put(str(problem))
    tell(f"{len(problems)} problems" if problems else f"{cards} cards, no problem")


def _described(problem: Problem) -> dict[str, object]:
    return {
        "path": str(problem.path),
        "line": problem.line,
        "column": problem.column,
        "rule": problem.rule,
        "warning": problem.warning,
        "message": problem.message,
    }
