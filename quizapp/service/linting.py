"""Lint: the static rules of the deck, and the one that has to run something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from quizapp.deck import lint as deck_lint
from quizapp.deck.load import sources
from quizapp.deck.problem import Problem
from quizapp.model.card import CodeCard
from quizapp.service.library import Library
from quizapp.service.proving import Judged, Word, solve


def static(library: Library) -> list[Problem]:
    """Every static problem. No code of the deck runs."""
    return deck_lint.lint(library.questions, library.verifiers)


def accept_ids(library: Library) -> list[str]:
    """Take the ids of new cards into the list of ids, and return them."""
    return deck_lint.accept_ids(library.questions)


def refused(problems: Iterable[Problem]) -> bool:
    """Whether any of them is more than a warning."""
    return any(not problem.warning for problem in problems)


def code_cards(library: Library) -> Sequence[CodeCard]:
    """The cards whose starters have to be judged."""
    return [card for card in library.deck.cards if isinstance(card, CodeCard)]


def starter(library: Library, card: CodeCard) -> list[Problem]:
    """The problem of a starter that passes, or that cannot be judged; empty where it is rightly rejected."""
    judged = solve(library, card, card.starter, seed=0).result()
    if judged.word in (Word.REJECTED, Word.RAISED):
        return []
    return [_problem(library, card, judged)]


def _problem(library: Library, card: CodeCard, judged: Judged) -> Problem:
    if judged.word is Word.ACCEPTED:
        said = f"the starter of {card.id} already passes {card.claim}; take something away from it"
    else:
        said = f"the starter of {card.id} cannot be judged: {judged.word} {judged.detail}; it must run and be rejected"
    for source in sources(library.questions)[0]:
        for index, data in enumerate(source.data["cards"]):
            if data["id"] == card.id:
                return source.document.problem(("cards", index, "starter"), said, "starter-fails")
    return Problem(library.questions, 1, 1, said, "starter-fails")
