"""Checked plain data to the model's cards.

The schema checks and dumps plain data; the cache stores the same data; this one decoder turns
either into cards. Raises ``KeyError``, ``TypeError`` or ``ValueError`` on anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from quizapp.model.card import (
    Believed,
    Card,
    ChoiceCard,
    ClaimRef,
    CodeCard,
    Explained,
    Myth,
    NumberCard,
    Option,
    RecallCard,
    Right,
    Topic,
)
from quizapp.model.words import Words

Data = Mapping[str, Any]


def topic(data: Data, number: int, slug: str) -> Topic:
    """The topic of one checked file."""
    return Topic(number, slug, _words(data["title"]), tuple(card(item, slug) for item in data["cards"]))


def card(data: Data, slug: str) -> Card:
    """One card, of the class of its kind."""
    # Positional on purpose: this is the whole cost of a warm load, and keywords double it.
    common = (
        data["id"],
        slug,
        ClaimRef(*data["claim"].split(".")),
        data["difficulty"],
        _words(data["prompt"]),
        _all(data["points"]),
        _words(data["explanation"]),
        _all(data.get("hints", ())),
        tuple(data["sources"]),
        tuple(data.get("aliases", ())),
        _myth(data.get("myth")),
    )
    match data["kind"]:
        case "recall":
            return RecallCard(*common)
        case "choice":
            return ChoiceCard(*common, tuple(map(_option, data["options"])))
        case "number":
            return NumberCard(*common, _words(data.get("unit", _NO_UNIT)))
        case "code":
            return CodeCard(*common, data["entry"], data["starter"], data.get("bug"))
    raise ValueError(f"{data['kind']!r} is no kind of card")


_NO_UNIT = {"en": "", "zh": ""}


def _words(data: Data) -> Words:
    return Words(data["en"], data["zh"])


def _all(items: Iterable[Data]) -> tuple[Words, ...]:
    return tuple(map(_words, items))


def _myth(data: Data | None) -> Myth | None:
    return Myth(_words(data["says"]), data["misconception"]) if data else None


def _option(data: Data) -> Option:
    return Option(_words(data["text"]), _stands(data), _words(data["because"]))


def _stands(data: Data) -> Right | Believed | Explained:
    if data.get("correct"):
        return Right()
    return Believed(data["misconception"]) if "misconception" in data else Explained()
