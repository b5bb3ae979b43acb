"""Errors a person can act on: what is wrong, where, and what to do. A face prints them and exits 2."""

from __future__ import annotations

from quizapp.deck.problem import DeckError
from quizapp.store.door import StoreError


class RequestError(ValueError):
    """What was asked for does not exist or makes no sense; the message says what does."""


REFUSALS = (RequestError, DeckError, StoreError)
"""Everything that bad input can raise out of the service."""
