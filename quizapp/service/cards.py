"""A card as JSON data."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from quizapp.model.card import Believed, Card, ChoiceCard, ClaimRef, Explained, Myth, Option, Right
from quizapp.model.words import Words


def described(card: Card) -> dict[str, Any]:
    """Everything of a card, both languages, under the names of its YAML."""
    data = {field.name: _plain(getattr(card, field.name)) for field in fields(card)}
    data["kind"] = card.kind.value
    if isinstance(card, ChoiceCard):
        data["options"] = [_option(option) for option in card.options]
    return data


def _option(option: Option) -> dict[str, Any]:
    data = {"text": _plain(option.text), "because": _plain(option.because), "correct": option.correct}
    match option.stands:
        case Believed(misconception):
            return data | {"misconception": misconception}
        case Right() | Explained():
            return data


def _plain(value: Any) -> Any:
    match value:
        case Words():
            return {"en": value.en, "zh": value.zh}
        case Myth(says, misconception):
            return {"says": _plain(says), "misconception": misconception}
        case ClaimRef():
            return str(value)
        case tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value
