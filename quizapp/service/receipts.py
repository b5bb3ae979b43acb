"""Keeping the record of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from quizapp.model.receipt import Receipt
from quizapp.proof.record import Proof
from quizapp.sanitise import escaped, line
from quizapp.service.clock import Clock

if TYPE_CHECKING:
    from quizapp.store.database import Store


def keep(store: Store, proof: Proof, clock: Clock | None = None) -> Receipt:
    """Store the receipt of a proof, whatever its verdict. Raises ``StoreError``."""
    from quizapp.store.database import uuid7

    at = (clock or Clock("UTC")).now_ms()
    receipt = Receipt(
        id=uuid7(at),
        at=at,
        claim=line(proof.claim),
        verdict=proof.verdict.value,
        seed=proof.seed,
        device=line(proof.device),
        digest=proof.digest,
        record=escaped(json.dumps(proof.to_json(), ensure_ascii=False)),  # half a character could not be stored
    )
    store.add_receipt(receipt)
    return receipt
