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
from quizapp.cli.out import put, put_json, tell, width
from quizapp.sanitise import Run

if TYPE_CHECKING:
    from quizapp.service.catalogue import Entry
    from quizapp.service.library import Library
    from quizapp.service.myths import Told

EXAMPLES = """\b
Examples:
  quizapp list
  quizapp list --topic 07 --kind number
  quizapp list --json
  quizapp list --myths                false answers that go round, with their verdicts
"""


@click.command(epilog=EXAMPLES)
@click.option("--topic", "topics", multiple=True, shell_complete=complete_topics, help="Only this topic.")
@click.option("--kind", type=click.Choice(["recall", "choice", "number", "code"]), help="Only this kind.")
@click.option("--myths", "only_myths", is_flag=True, help="The widely copied false answers that cards refute.")
@deck_option
@json_option
@lang_option
@db_option
def command(
    *,
    topics: tuple[str, ...],
    kind: str | None,
    only_myths: bool,
    deck: Path | None,
    as_json: bool,
    lang: str,
    database: Path,
) -> None:
    """List the cards: id, kind, claim, and when each is due; or the myths that they refute.

    A myth's verdict is that of its claim's latest run; nothing runs here.
    """
    if only_myths:
        if kind:
            raise click.UsageError("--myths and --kind exclude each other")
        _myths(library(deck), topics, database, lang, as_json=as_json)
        return
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


STANDINGS = {
    "refuted": ("refuted", "已推翻", "green"),
    "stands": ("NOT refuted", "未被推翻", "red"),
    "undecided": ("undecided", "无法判定", "yellow"),
    "skipped": ("cannot run here", "本机无法运行", "faint"),
    "failed": ("proof failed", "证明未成立", "red"),
    "changed": ("verifier changed since", "验证脚本已改动", "faint"),
    "not run": ("not run yet", "尚未运行", "faint"),
}
"""How a standing is written in English and in Chinese, and its colour."""


def _myths(shelf: Library, topics: tuple[str, ...], database: Path, lang: str, *, as_json: bool) -> None:
    from quizapp.service.myths import myths

    found = list(myths(shelf, database, topics))
    if as_json:
        put_json([told.as_json() for told in found], indent=1)
        return
    topic = None
    for told in found:
        if told.topic != topic:
            topic = told.topic
            put()
            put(f"{told.number:02d}  {told.title[lang]}")
        _print_myth(told, lang)
    refuted = sum(told.standing.value == "refuted" for told in found)
    put()
    put(f"{refuted} of {len(found)} refuted" if lang == "en" else f"{len(found)} 条误传中已推翻 {refuted} 条")
    if refuted < len(found):
        tell("quizapp verify --myths runs them" if lang == "en" else "用 quizapp verify --myths 运行它们")


def _print_myth(told: Told, lang: str) -> None:
    from quizapp.proof.width import wrap

    for part in wrap(told.says[lang], width() - 6):
        put(f"    {part}")
    english, chinese, style = STANDINGS[told.standing.value]
    verdict = Run(chinese if lang == "zh" else english, f"{style} bold")
    put("      ", verdict, Run(f" · {told.card} · {told.misconception}", "faint"))
