"""``quizapp list``: every card in a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import (
    complete_topics,
    db_option,
    deck_option,
    json_option,
    lang_option,
    library,
)
from quizapp.cli.out import put, put_json

if TYPE_CHECKING:
    from quizapp.service.catalogue import Entry

EXAMPLES = """\b
Examples:
  quizapp list
  quizapp list --topic 07 --kind number
  quizapp list --json
"""


@click.command(epilog=EXAMPLES)
@click.option("--topic", "topics", multiple=True, shell_complete=complete_topics, help="Only this topic.")
@click.option("--kind", type=click.Choice(["recall", "choice", "number", "code"]), help="Only this kind.")
@deck_option
@json_option
@lang_option
@db_option
def command(
    *, topics: tuple[str, ...], kind: str | None, deck: Path | None, as_json: bool, lang: str, database: Path
) -> None:
    """List the cards: id, kind, claim, and when each is due."""
    from quizapp.service.catalogue import catalogue

    entries = [entry for entry in catalogue(library(deck), database, topics) if kind in (None, entry.kind)]
    if as_json:
        put_json([entry.as_json() for entry in entries], indent=1)
    else:
        _print(entries, lang)


def _print(entries: Sequence[Entry], lang: str) -> None:
    topic = None
    for entry in entries:
        if entry.topic != topic:
            topic = entry.topic
            put()
            put(f"{entry.number:02d}  {entry.title[lang]}")
        due = entry.due.isoformat() if entry.due else {"en": "new", "zh": "新卡"}[lang]
        put(f"    {entry.card:44} {entry.kind:7} {due:>10}")
    put()
    put(f"{len(entries)} {'cards' if lang == 'en' else '张卡片'}")
