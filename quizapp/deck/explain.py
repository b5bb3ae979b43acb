"""Validation errors as sentences for the author of a card, at their place in the file.

Knows the error types of pydantic by name but does not import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from quizapp.deck.problem import Problem
from quizapp.deck.yaml import Document, Trail

Fields = Mapping[str, tuple[str, ...]]
"""The fields of each mapping: of ``topic``, ``words``, ``option`` and each kind of card."""

_TONGUES = {"en": "the English text (en)", "zh": "the Chinese text (zh)"}
_NEEDS = {
    "string_type": "needs a text",
    "list_type": "needs a list; begin each item with -",
    "int_type": "needs a whole number",
    "model_type": "needs a mapping of fields",
    "model_attributes_type": "needs a mapping of fields",
    "greater_than_equal": "is below 1; difficulty runs from 1 to 5",
    "less_than_equal": "is above 5; difficulty runs from 1 to 5",
}


def explain(document: Document, errors: Iterable[Any], fields: Fields) -> list[Problem]:
    """One problem an error. ``errors`` are the dictionaries of ``ValidationError.errors()``."""
    return [_problem(document, error, fields) for error in errors]


def _problem(document: Document, error: Mapping[str, Any], fields: Fields) -> Problem:
    trail, owner = _trail(error["loc"], fields)
    kind = error["type"]
    if kind == "extra_forbidden":
        if owner == "words" and error["input"] == "":
            return document.problem(trail, _comma(str(trail[-1])), key=True)
        return document.problem(trail, _unknown(str(trail[-1]), owner, fields), key=True)
    if kind == "missing":
        return document.problem(trail[:-1], _missing(trail, owner))
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        return _kind_problem(document, trail, fields)
    return document.problem(trail, f"{_label(trail)} {_complaint(error, trail)}")


def _trail(loc: Trail, fields: Fields) -> tuple[Trail, str]:
    """The way to the value and the mapping that owns its field.

    Pydantic puts the card's kind into the way, after the card's number; the file has no such key.
    """
    if len(loc) < 3 or loc[0] != "cards":
        return loc, "topic" if len(loc) <= 1 else "words"
    trail, kind = (*loc[:2], *loc[3:]), str(loc[2])
    if len(trail) <= 3:
        return trail, kind
    if trail[2] == "options" and len(trail) == 5:
        return trail, "option"
    if trail[2] == "myth" and len(trail) == 4:
        return trail, "myth"
    return trail, "words"


def _label(trail: Trail) -> str:
    """The value in the author's words: ``the Chinese text (zh) of point 2``."""
    if not trail:
        return "the topic"
    *before, last = trail
    if isinstance(last, int):
        return f"{_singular(str(before[-1]))} {last + 1}"
    inside = last in _TONGUES or len(trail) > 3
    return f"{_TONGUES.get(last, last)} of {_label(tuple(before))}" if inside else last


def _singular(field: str) -> str:
    return {"aliases": "alias"}.get(field, field.removesuffix("s"))


def _missing(trail: Trail, owner: str) -> str:
    name = str(trail[-1])
    if owner == "words":
        return f"{_TONGUES.get(name, name)} of {_label(trail[:-1])} is missing"
    holder = {"topic": "a topic", "option": "an option", "myth": "a myth"}.get(owner, f"a {owner} card")
    return f"{name} is missing; {holder} needs it"


def _comma(rest: str) -> str:
    """Inside ``{en: ..., zh: ...}`` a comma ends the text: the commonest slip in a card."""
    return f"the comma before {rest[:30]!r} ends the text; put the text in quotes"


def _unknown(name: str, owner: str, fields: Fields) -> str:
    known, kinds = fields[owner], _kinds(fields)
    homes = [kind for kind in kinds if name in fields[kind]]
    if homes and owner in kinds:
        return f"{name!r} belongs to {' and '.join(homes)} cards, not to {owner} cards"
    if near := get_close_matches(name, known, n=1, cutoff=0.6):
        return f"unknown field {name!r}; did you mean {near[0]!r}?"
    return f"unknown field {name!r}; known here: {', '.join(known)}"


def _kinds(fields: Fields) -> list[str]:
    return [name for name in fields if name not in {"topic", "words", "option", "myth"}]


def _kind_problem(document: Document, trail: Trail, fields: Fields) -> Problem:
    kinds = _kinds(fields)
    card: Any = document.data
    for step in trail:
        card = card[step]
    if "kind" not in card:
        return document.problem(trail, f"kind is missing; a card is one of {', '.join(kinds)}")
    near = get_close_matches(str(card["kind"]), kinds, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"a card is one of {', '.join(kinds)}"
    return document.problem((*trail, "kind"), f"{str(card['kind'])[:40]!r} is no kind of card; {advice}")


def _complaint(error: Mapping[str, Any], trail: Trail) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return f"needs at least {context['min_length']}; it has {context['actual_length']}"
    if kind == "too_long":
        return f"takes at most {context['max_length']}; it has {context['actual_length']}"
    if kind == "model_type" and _bilingual(trail):
        return "needs both languages: {en: ..., zh: ...}"
    return _NEEDS.get(kind, str(error["msg"]))


def _bilingual(trail: Trail) -> bool:
    """Whether a mapping at this place is a text in two languages, not the topic, a card or an option."""
    return bool(trail) and trail[-2:-1] not in {("cards",), ("options",)}
