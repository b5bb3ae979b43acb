"""Which history belongs to which card.

A card that was renamed keeps its history under the id it then had: the log is never rewritten,
and the fuzz of its intervals is seeded by that id. Everything else speaks of the card's id of today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from quizapp.model.event import CardState


class Named(Protocol):
    """What has an id and earlier ids: a card, or a row of an outline."""

    @property
    def id(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


def history_id(card: Named, states: Mapping[str, CardState]) -> str:
    """The id that the card's events are written under: today's, unless only an earlier one has any."""
    return next((name for name in (card.id, *card.aliases) if name in states), card.id)


def by_card(cards: Iterable[Named], states: Iterable[CardState]) -> dict[str, CardState]:
    """The state of each card that has one, by the card's id of today; the state itself keeps its history's id."""
    known = {state.card: state for state in states}
    found = ((card.id, known.get(history_id(card, known))) for card in cards)
    return {card_id: state for card_id, state in found if state is not None}


def present_ids(cards: Iterable[Named]) -> dict[str, str]:
    """Each id and alias to the card's id of today."""
    return {name: card.id for card in cards for name in (*card.aliases, card.id)}
