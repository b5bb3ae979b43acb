"""Cards and the topics that hold them.

A card's identity is its explicit id (``topic-slug/card-slug``): editing its text never
loses its history, and renames go through ``aliases``. A card carries no state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from quizapp.model.words import Words


class Kind(StrEnum):
    """What a card asks of the learner."""

    RECALL = "recall"
    CHOICE = "choice"
    NUMBER = "number"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class ClaimRef:
    """A claim by verifier and name, written ``verifier.name``: ``conv_bn_fusion.parity``."""

    verifier: str
    name: str

    def __str__(self) -> str:
        return f"{self.verifier}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> ClaimRef:
        """Read ``verifier.name``; raise ``ValueError`` on anything else."""
        verifier, dot, name = text.partition(".")
        if not (dot and verifier.isidentifier() and name.isidentifier()):
            raise ValueError(f"{text!r} is not a claim; write verifier.name, as in conv_bn_fusion.parity")
        return cls(verifier, name)


@dataclass(frozen=True, slots=True)
class Myth:
    """A widely copied answer that is false; the claim refutes it where it rejects ``misconception``."""

    says: Words
    misconception: str


@dataclass(frozen=True, slots=True)
class Card:
    """What every kind of card has.

    ``points`` are what a full answer contains, shown as a checklist; ``hints`` run from weak
    to strong; ``difficulty`` is 1 (warm-up) to 5 (senior); ``myth`` is the false answer that the
    card is there to refute, if it is there for one.
    """

    id: str
    topic: str
    claim: ClaimRef
    difficulty: int
    prompt: Words
    points: tuple[Words, ...]
    explanation: Words
    hints: tuple[Words, ...]
    sources: tuple[str, ...]
    aliases: tuple[str, ...]
    myth: Myth | None

    @property
    def kind(self) -> Kind:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RecallCard(Card):
    """Say the answer aloud, then compare with the key points."""

    @property
    def kind(self) -> Kind:
        return Kind.RECALL


@dataclass(frozen=True, slots=True)
class Right:
    """The right option: picking it runs the claim's answer."""


@dataclass(frozen=True, slots=True)
class Believed:
    """A wrong option that is a misconception of the card's claim, and can be run."""

    misconception: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A wrong option that no experiment embodies; the reason says why it is wrong."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice card; ``because`` says why it is right or wrong."""

    text: Words
    stands: Right | Believed | Explained
    because: Words

    @property
    def correct(self) -> bool:
        return isinstance(self.stands, Right)


@dataclass(frozen=True, slots=True)
class ChoiceCard(Card):
    """Pick one option, or, where several are right, each right one."""

    options: tuple[Option, ...]

    @property
    def kind(self) -> Kind:
        return Kind.CHOICE


@dataclass(frozen=True, slots=True)
class NumberCard(Card):
    """Predict a number; the claim draws the case from a seed and computes its truth.

    ``{name}`` in the prompt stands for a given of the case; ``unit`` may be empty.
    """

    unit: Words

    @property
    def kind(self) -> Kind:
        return Kind.NUMBER


@dataclass(frozen=True, slots=True)
class CodeCard(Card):
    """Write ``entry`` (or mend the starter); the claim judges it case by case.

    ``bug`` names the misconception that the starter embodies, on a find-the-bug card.
    """

    entry: str
    starter: str
    bug: str | None

    @property
    def kind(self) -> Kind:
        return Kind.CODE


@dataclass(frozen=True, slots=True)
class Topic:
    """One interview question: ``number`` orders topics, ``slug`` names them."""

    number: int
    slug: str
    title: Words
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Deck:
    """All topics of one deck, in the order of their numbers."""

    topics: tuple[Topic, ...]

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(card for topic in self.topics for card in topic.cards)

    def card(self, card_id: str) -> Card | None:
        """The card of that id or alias, or None."""
        return next((card for card in self.cards if card_id == card.id or card_id in card.aliases), None)
