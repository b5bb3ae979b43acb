"""Lint: every static rule over a deck and its verifiers. No code of theirs runs."""

from __future__ import annotations

from pathlib import Path

from quizapp.deck import claims, rules_text, skeleton
from quizapp.deck.load import sources
from quizapp.deck.problem import Problem
from quizapp.deck.rules import IDS, RULES, Content

__all__ = ["accept_ids", "lint", "rules_text", "skeleton"]  # imported for the rules that they register


def lint(deck_folder: Path, verifiers_folder: Path) -> list[Problem]:
    """All problems in order of file and line; those with ``warning`` set refuse nothing.

    While a file is refused by the schema, the rules that compare files (``ids-stay``,
    ``verifier-has-topic``, ``claim-used``) wait: they would only repeat that it is missing.
    """
    found, problems = sources(deck_folder)
    content = Content(deck_folder, tuple(found), claims.index(verifiers_folder), _ids(deck_folder))
    waiting = {"ids-stay", "verifier-has-topic", "claim-used"} if problems else set()
    for name, check in RULES.items():
        if name not in waiting:
            problems.extend(check(content))
    return sorted(problems)


def accept_ids(deck_folder: Path) -> list[str]:
    """Append the deck's new ids to ``ids.txt``, in deck order, and return them.

    Nothing is ever taken off the list: an id that vanished is for its heir's ``aliases``.
    """
    known = _ids(deck_folder)
    present = [card["id"] for source in sources(deck_folder)[0] for card in source.data["cards"]]
    new = [card_id for card_id in dict.fromkeys(present) if card_id not in known]
    if new:
        (deck_folder / IDS).write_text("".join(f"{card_id}\n" for card_id in (*known, *new)), encoding="utf-8")
    return new


def _ids(folder: Path) -> tuple[str, ...]:
    """The committed list; empty where there is none, so that every card is asked to be accepted."""
    try:
        return tuple((folder / IDS).read_text(encoding="utf-8").split())
    except FileNotFoundError:
        return ()
