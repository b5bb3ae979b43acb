"""Widely copied answers that are false, each with what this machine's latest run made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from quizapp.deck.claims import ClaimInfo
from quizapp.model.card import Card, Myth, Topic
from quizapp.model.receipt import Receipt
from quizapp.model.words import Words
from quizapp.proof.record import Role, Verdict
from quizapp.service.library import Library
from quizapp.service.proving import digest_of
from quizapp.store.fast import latest_receipts


class Standing(StrEnum):
    """What the latest run of a claim says of a myth."""

    REFUTED = "refuted"
    STANDS = "stands"
    """The check let it through: the verifier, or this machine, has something to explain."""
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
    FAILED = "failed"
    """The run could not say: it broke off, took too long, or its check rejects the answer as well."""
    CHANGED = "changed"
    """The verifier has been edited since."""
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Told:
    """A myth with where it is asked about; ``seed`` and ``device`` are those of the run, if there was one."""

    number: int
    topic: str
    title: Words
    card: str
    claim: str
    misconception: str
    says: Words
    standing: Standing
    seed: int | None = None
    device: str | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON data for scripts."""
        return {
            "id": self.card,
            "topic": self.topic,
            "number": self.number,
            "claim": self.claim,
            "misconception": self.misconception,
            "says": {"en": self.says.en, "zh": self.says.zh},
            "verdict": self.standing.value,
            "seed": self.seed,
            "device": self.device,
        }


def myths(library: Library, database: Path, topics: Sequence[str] = ()) -> Iterator[Told]:
    """The myths in deck order, of all topics or of those named. Nothing runs: the verdicts are the latest receipts'.

    A receipt counts only where it is of the very script: another deck may have claims of that name.
    Raises what a bad deck or database raises.
    """
    wanted = {library.topic(name).slug for name in topics}
    asked = [topic for topic in library.deck.topics if not wanted or topic.slug in wanted]
    cards = [(topic, card, card.myth) for topic in asked for card in topic.cards if card.myth]
    receipts = latest_receipts(database, sorted({str(card.claim) for _, card, _ in cards}))
    for topic, card, myth in cards:
        receipt = receipts.get(str(card.claim))
        standing = _standing(receipt, myth.misconception, digest_of(library.claim(card.claim)))
        yield _told(topic, card, myth, receipt, standing)


def claims_of_myths(library: Library) -> tuple[ClaimInfo, ...]:
    """The claims that refute a myth, each once, in order."""
    wanted = {card.claim for card in library.deck.cards if card.myth}
    return tuple(claim for claim in library.claims if claim.ref in wanted)


def _told(topic: Topic, card: Card, myth: Myth, receipt: Receipt | None, standing: Standing) -> Told:
    return Told(
        number=topic.number,
        topic=topic.slug,
        title=topic.title,
        card=card.id,
        claim=str(card.claim),
        misconception=myth.misconception,
        says=myth.says,
        standing=standing,
        seed=receipt.seed if receipt else None,
        device=receipt.device if receipt else None,
    )


def _standing(receipt: Receipt | None, misconception: str, digest: str) -> Standing:
    if receipt is None:
        return Standing.NOT_RUN
    if receipt.digest != digest:
        return Standing.CHANGED
    if receipt.verdict == Verdict.SKIPPED:
        return Standing.SKIPPED
    subjects = json.loads(receipt.record).get("subjects", [])
    right = next((each["accepted"] for each in subjects if each["role"] == Role.ANSWER), False)
    believed = next((each["accepted"] for each in subjects if each["name"] == misconception), ...)
    if right is False or believed is ...:
        return Standing.FAILED  # a check that rejects everything refutes nothing
    if believed:
        return Standing.STANDS
    return Standing.UNDECIDED if None in (right, believed) else Standing.REFUTED
