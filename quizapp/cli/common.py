"""Options and small helpers that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from quizapp.service.library import Library

F = TypeVar("F", bound=Callable[..., Any])


def db_option(command: F) -> F:
    """``--db`` after the command's name, as well as before it; a database path as ``database``."""

    def place(ctx: click.Context, _: click.Parameter, url: str | None) -> Path:
        from quizapp.store.place import database_path

        return database_path(url if url is not None else ctx.find_root().obj)

    return click.option(
        "--db", "database", metavar="URL", callback=place, help="The database: a path or sqlite:///path."
    )(command)


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def lang_option(command: F) -> F:
    """``--lang``: given, else by the environment's language."""

    def choose(_: click.Context, __: click.Parameter, lang: str | None) -> str:
        return lang or preferred_language()

    return click.option(
        "--lang", type=click.Choice(["en", "zh"]), callback=choose, help="The language; default: your environment's."
    )(command)


def deck_option(command: F) -> F:
    """``--deck``: another deck. Nothing of it runs before it is trusted."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)
    said = "A folder with questions/ and verifiers/; runs nothing before quizapp trust."
    return click.option("--deck", type=folder, help=said)(command)


def card_argument(command: F) -> F:
    """A card's id, completed by the shell."""
    return click.argument("card", metavar="CARD", shell_complete=complete_cards)(command)


def library(deck: Path | None = None) -> Library:
    """The shipped deck, or the one in a folder."""
    from quizapp.service.library import Library

    return Library.of(deck) if deck else Library.shipped()


def complete_cards(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Card ids that begin with what is typed."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(line.card)
        for line in library().outline()
        if line.card.startswith(typed) and line.card.isprintable()
    ]


def complete_topics(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Topic slugs that begin with what is typed."""
    from click.shell_completion import CompletionItem

    slugs = dict.fromkeys(line.topic for line in library().outline())
    return [CompletionItem(slug) for slug in slugs if slug.startswith(typed)]


def preferred_language() -> str:
    """Chinese where the environment's language is, else English."""
    import os

    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if named.lower().startswith("zh") else "en"
