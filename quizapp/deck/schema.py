"""The shape of a topic file, and its JSON Schema for editors.

The only module that imports pydantic, which takes 100 ms: a warm deck never comes here.
``python -m quizapp.deck.schema`` rewrites ``topic.schema.json`` after a change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from quizapp.deck.explain import explain
from quizapp.deck.problem import DeckError
from quizapp.deck.yaml import Document

SCHEMA = Path(__file__).with_name("topic.schema.json")

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


def _like(pattern: str, advice: str) -> Callable[[str], str]:
    """A validator whose error is a sentence; the bare pattern goes to the JSON Schema."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise ValueError(f"{text!r} {advice}")

    return check


def _name(text: str) -> str:
    if text.isidentifier() and not iskeyword(text):
        return text
    raise ValueError(f"{text!r} is not a Python name")


def _own_topic(card: str, info: ValidationInfo) -> str:
    slug = (info.context or {}).get("slug")
    if slug is None or card.startswith(f"{slug}/"):
        return card
    raise ValueError(f"{card!r} does not begin with {slug}/, the topic of this file's name")


def _whole(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,3}", value) else value


def _true(value: object) -> object:
    if value in {"true", True}:
        return True
    raise ValueError("is either true or left out")


_CARD_ID = rf"{SLUG}/{SLUG}"
_CLAIM = r"[A-Za-z_]\w*\.[A-Za-z_]\w*"

# Editors read `0.5` as a number; the loader keeps it as the text it is.
Text = Annotated[str, AfterValidator(_filled), WithJsonSchema({"type": ["string", "number"], "minLength": 1})]
Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": r"^[^\W\d]\w*$"})]
CardId = Annotated[
    str,
    AfterValidator(_like(_CARD_ID, "is not a card id; write topic-slug/card-slug in a-z, 0-9 and -")),
    WithJsonSchema({"type": "string", "pattern": f"^{_CARD_ID}$"}),
]
Claim = Annotated[
    str,
    AfterValidator(_like(_CLAIM, "is not a claim; write verifier.name, as in conv_bn_fusion.parity")),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLAIM}$"}),
]
Level = Annotated[
    int, Field(ge=1, le=5), BeforeValidator(_whole)
]  # a constraint after it would hide "integer" from editors
Yes = Annotated[Literal[True], BeforeValidator(_true)]


class Shape(BaseModel):
    """What every mapping of a topic file keeps: no unknown field, no silent conversion."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TwoTongues(Shape):
    """One text in both languages."""

    en: Text
    zh: Text


class OptionShape(Shape):
    """One option: right, a misconception that can be run, or (with neither) only explained."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["correct", "misconception"]}})

    text: TwoTongues
    because: TwoTongues
    correct: Yes | None = None
    misconception: Name | None = None

    @model_validator(mode="after")
    def _one_standing(self) -> OptionShape:
        if self.correct and self.misconception:
            raise ValueError("is both correct and a misconception; keep one")
        return self


class MythShape(Shape):
    """A widely copied answer that is false, and the misconception that embodies it."""

    says: TwoTongues
    misconception: Name


class CardShape(Shape):
    """What every kind of card has; ``myth`` where the card refutes one."""

    id: Annotated[CardId, AfterValidator(_own_topic)]
    claim: Claim
    difficulty: Level
    prompt: TwoTongues
    points: Annotated[list[TwoTongues], Field(min_length=2, max_length=8)]
    explanation: TwoTongues
    hints: Annotated[list[TwoTongues], Field(max_length=4)] = []
    sources: Annotated[list[Text], Field(min_length=1)]
    aliases: list[CardId] = []
    myth: MythShape | None = None


class RecallShape(CardShape):
    """Say the answer aloud, then compare with the key points."""

    kind: Literal["recall"]


class ChoiceShape(CardShape):
    """Pick each right option."""

    kind: Literal["choice"]
    options: Annotated[list[OptionShape], Field(min_length=3, max_length=6)]

    @model_validator(mode="after")
    def _both_sides(self) -> ChoiceShape:
        right = sum(option.correct is True for option in self.options)
        if right == 0:
            raise ValueError("has no correct option; mark one with correct: true")
        if right == len(self.options):
            raise ValueError("has only correct options; a choice needs a wrong one")
        return self


class NumberShape(CardShape):
    """Predict a number; ``{name}`` in the prompt is a given of the case."""

    kind: Literal["number"]
    unit: TwoTongues | None = None


class CodeShape(CardShape):
    """Write ``entry``; ``bug`` names the misconception that the starter embodies."""

    kind: Literal["code"]
    entry: Name
    starter: Annotated[str, AfterValidator(lambda text: _filled(text) and text)]
    bug: Name | None = None


AnyCard = Annotated[RecallShape | ChoiceShape | NumberShape | CodeShape, Discriminator("kind")]
KINDS: dict[str, type[CardShape]] = {
    "recall": RecallShape,
    "choice": ChoiceShape,
    "number": NumberShape,
    "code": CodeShape,
}


class TopicShape(Shape):
    """One topic file."""

    title: TwoTongues
    verifiers: Annotated[list[Name], Field(min_length=1)]
    cards: Annotated[list[AnyCard], Field(min_length=1)]


def check(document: Document, slug: str) -> dict[str, Any]:
    """The document as checked plain data: numbers and truth values converted, JSON throughout.

    Raises ``DeckError`` with every error of the file. ``slug`` is the topic of the file's name.
    """
    try:
        topic = TopicShape.model_validate(document.data, context={"slug": slug})
    except ValidationError as error:
        raise DeckError(explain(document, error.errors(include_url=False), _FIELDS)) from None
    return topic.model_dump(exclude_defaults=True)


_FIELDS: dict[str, tuple[str, ...]] = {
    "topic": tuple(TopicShape.model_fields),
    "words": tuple(TwoTongues.model_fields),
    "option": tuple(OptionShape.model_fields),
    "myth": tuple(MythShape.model_fields),
} | {kind: tuple(shape.model_fields) for kind, shape in KINDS.items()}


def json_schema() -> str:
    """The JSON Schema (draft 2020-12) of a topic file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TopicShape.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(json_schema(), encoding="utf-8")
