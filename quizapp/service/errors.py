"""Errors a person can act on: what is wrong, where, and what to do. A face prints them and exits 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizapp.deck.problem import DeckError
from quizapp.store.door import StoreError

if TYPE_CHECKING:
    from quizapp.proof.say import Say


class RequestError(ValueError):
    """What was asked for does not exist or makes no sense; the message says what does."""


class NotRunError(RequestError):
    """Code of a deck was to run that must not; ``says`` tells why and what to do, for a face in either language."""

    def __init__(self, says: Say) -> None:
        super().__init__(says.en)
        self.says = says


class NotTrustedError(NotRunError):
    """Nobody has trusted the deck, or it is no longer what was trusted."""


REFUSALS = (RequestError, DeckError, StoreError)
"""Everything that bad input can raise out of the service."""
