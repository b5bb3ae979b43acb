"""``quizapp trust``: let the verifiers of another's deck run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import json_option, lang_option
from quizapp.cli.out import ask, put, put_json, tell

if TYPE_CHECKING:
    from quizapp.service.trust import Record

EXAMPLES = """\b
Examples:
  quizapp trust mydeck                read what would run, then answer
  quizapp trust mydeck --yes          for scripts, once you have read it
  quizapp trust --list
  quizapp trust --revoke mydeck
"""


@click.command(epilog=EXAMPLES)
@click.argument("deck", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Trust it without asking.")
@click.option("--list", "only_list", is_flag=True, help="List the decks that are trusted.")
@click.option("--revoke", is_flag=True, help="Forget DIR: nothing of it runs any more.")
@json_option
@lang_option
def command(*, deck: Path | None, yes: bool, only_list: bool, revoke: bool, as_json: bool, lang: str) -> None:
    """Show what would run of the deck in DIR, and trust it if you say so.

    Trust is given to the files as they are: a copy of them is made, and only the copy runs. Whatever
    changes in DIR asks again, and shows what is different. Exit code 1 if the answer is no.
    """
    if only_list + revoke + yes > 1:
        raise click.UsageError("--list, --revoke and --yes exclude each other")
    if as_json and not only_list:
        raise click.UsageError("--json goes with --list")
    if (deck is None) is not only_list:
        raise click.UsageError("name the folder of one deck, or ask for --list")
    if deck is None:
        _list(as_json=as_json)
    elif revoke:
        _revoke(deck)
    else:
        _trust(deck, lang, yes=yes)


def _trust(deck: Path, lang: str, *, yes: bool) -> None:
    from quizapp.service import trust

    if trust.is_shipped(deck):
        tell(f"{trust.named(deck)} is the deck that came with quizapp; it needs no trust")
        return
    with trust.candidate(deck) as found:
        if found.trusted:
            tell(f"{trust.named(found.deck)} is trusted as it is; nothing to do")
            return
        from quizapp.cli.reading import page

        for line in page(found, lang):
            put(line)
        if not (yes or _says_yes(found.deck)):
            tell("not trusted: nothing of it runs")
            sys.exit(1)
        found.accept()
    tell(f"trusted {trust.named(found.deck)}; its digest is {found.manifest.digest[:12]}")


def _says_yes(deck: Path) -> bool:
    from quizapp.service.errors import RequestError
    from quizapp.service.trust import named

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        command = f"quizapp trust {named(deck)} --yes"
        raise RequestError(f"there is no terminal to ask on, so nothing is trusted; once you have read it: {command}")
    return ask("Trust this deck?")


def _revoke(deck: Path) -> None:
    from quizapp.service.trust import named
    from quizapp.service.trust import revoke as forget

    tell(f"forgot {named(forget(deck).deck)}: nothing of it runs")


def _list(*, as_json: bool) -> None:
    from quizapp.service.trust import named, records

    found = records()
    if as_json:
        put_json([_described(record) for record in found], indent=1)
        return
    for record in found:
        doubt = record.doubt
        put(f"{record.manifest.digest[:12]}  {record.when}  {named(record.deck)}")
        if doubt is not None:
            put(f"              {doubt.en}")
    tell(f"trusted decks: {len(found)}")


def _described(record: Record) -> dict[str, object]:
    doubt = record.doubt
    return {
        "deck": str(record.deck),
        "digest": record.manifest.digest,
        "when": record.when,
        "files": len(record.manifest.entries),
        "intact": doubt is None,
        "why": doubt.en if doubt else None,
    }
