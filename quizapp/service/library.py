"""A deck with its verifiers: what there is to study and to prove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from quizapp import content
from quizapp.deck.claims import ClaimInfo, Index
from quizapp.deck.claims import index as index_of
from quizapp.deck.load import Line, load, outline
from quizapp.deck.load import verifiers as verifiers_of
from quizapp.model.card import Card, ClaimRef, Deck, Topic
from quizapp.service.errors import RequestError

if TYPE_CHECKING:
    from quizapp.runner import Workers


@dataclass(frozen=True)
class Library:
    """The folders of a deck. The deck and the index of its claims are read when first asked for.

    ``foreign`` is the folder of a deck that is not ours: it is read like any other, but nothing of it
    runs before it is trusted. Raises ``DeckError`` from whatever reads a deck with problems.
    """

    questions: Path
    verifiers: Path
    foreign: Path | None = None

    @classmethod
    def shipped(cls) -> Library:
        """Our own deck."""
        root = content.root()
        return cls(root / "questions", root / "verifiers")

    @classmethod
    def of(cls, deck: Path) -> Library:
        """The deck in a folder that somebody named; our own only if the folder is really ours."""
        if deck.resolve() == content.root().resolve():
            return cls.shipped()
        return cls(deck / "questions", deck / "verifiers", foreign=deck.resolve())

    @cached_property
    def workers(self) -> Workers:
        """What runs its verifiers; its processes end with this program."""
        from quizapp.runner import Workers

        return Workers()

    @cached_property
    def deck(self) -> Deck:
        """All cards."""
        return load(self.questions)

    @cached_property
    def index(self) -> Index:
        """All claims, read without running a line of them."""
        return index_of(self.verifiers)

    @cached_property
    def topics_of_scripts(self) -> dict[str, str]:
        """The topic slug of each verifier script."""
        owned = verifiers_of(self.questions)
        return {script: slug for slug, scripts in owned.items() for script in scripts}

    def outline(self) -> list[Line]:
        """Every card in a line, without pydantic."""
        return outline(self.questions)

    def card(self, card_id: str) -> Card:
        """The card of an id or an alias. Raises ``RequestError`` with the nearest ids."""
        if (card := self.deck.card(card_id)) is not None:
            return card
        raise RequestError(_unknown("card", card_id, [card.id for card in self.deck.cards], "quizapp list shows all"))

    def topic(self, name: str) -> Topic:
        """A topic by number or slug: ``1``, ``01``, ``conv-bn-fusion`` or ``01-conv-bn-fusion``."""
        for topic in self.deck.topics:
            if name.lstrip("0") == str(topic.number) or name in (topic.slug, f"{topic.number:02d}-{topic.slug}"):
                return topic
        known = [f"{topic.number:02d}-{topic.slug}" for topic in self.deck.topics]
        raise RequestError(_unknown("topic", name, known, f"there are {', '.join(known)}"))

    def claim(self, ref: ClaimRef) -> ClaimInfo:
        """A claim by reference. Raises ``RequestError`` with the nearest names."""
        if (claim := self.index.claim(ref)) is not None:
            return claim
        known = [str(claim.ref) for claim in self.claims]
        raise RequestError(_unknown("claim", str(ref), known, "quizapp verify --list shows all"))

    @cached_property
    def claims(self) -> tuple[ClaimInfo, ...]:
        """All claims, in the order of their topics and, within a script, as written."""
        order = {topic.slug: topic.number for topic in self.deck.topics}

        def place(claim: ClaimInfo) -> tuple[int, str, int]:
            return (order.get(self.topic_of(claim.ref), 99), claim.ref.verifier, claim.line)

        return tuple(sorted(self.index.claims, key=place))

    def topic_of(self, ref: ClaimRef) -> str:
        """The slug of the topic that a claim's script belongs to; empty for a script of no topic."""
        return self.topics_of_scripts.get(ref.verifier, "")

    def script(self, ref: ClaimRef) -> Path:
        """The script to run for a claim. Raises as ``scripts`` does."""
        return self.scripts() / f"{ref.verifier}.py"

    def scripts(self) -> Path:
        """The folder whose scripts run: our own as it lies, of a foreign deck its trusted copy, checked at each call.

        Raises ``NotRunError`` where a foreign deck is not trusted, or no longer what was trusted.
        """
        if self.foreign is None:
            return self.verifiers
        from quizapp.service.trust import runnable  # hashing: only a foreign deck pays for it

        return runnable(self.foreign) / self.verifiers.name

    def select(self, names: Sequence[str] = (), topics: Sequence[str] = ()) -> tuple[ClaimInfo, ...]:
        """The claims of some cards, claims, scripts and topics, each once, in order; all for none.

        Raises ``RequestError`` on a name that is none of these.
        """
        wanted = {claim.ref for name in names for claim in self._named(name)}
        wanted |= {claim.ref for name in topics for claim in self._of_topic(self.topic(name))}
        everything = not names and not topics
        return tuple(claim for claim in self.claims if everything or claim.ref in wanted)

    def _named(self, name: str) -> Iterable[ClaimInfo]:
        if (card := self.deck.card(name)) is not None:
            return (self.claim(card.claim),)
        if name in self.index.verifiers:
            return self.index.verifiers[name].claims
        try:
            return (self.claim(ClaimRef.parse(name)),)
        except ValueError:
            known = [*(card.id for card in self.deck.cards), *(str(claim.ref) for claim in self.claims)]
            otherwise = "quizapp list shows the cards, quizapp verify --list the claims"
            raise RequestError(_unknown("card or claim", name, known, otherwise)) from None

    def _of_topic(self, topic: Topic) -> tuple[ClaimInfo, ...]:
        return tuple(claim for claim in self.claims if self.topic_of(claim.ref) == topic.slug)


def _unknown(what: str, name: str, known: list[str], otherwise: str) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"there is no {what} {name!r}; " + (f"did you mean {' or '.join(near)}?" if near else otherwise)
