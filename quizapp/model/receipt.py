"""The stored record of one run of a claim."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """One run: the verdict and what it takes to run it again.

    ``record`` is the proof as JSON text (subjects, evidence, versions, seconds); ``digest`` is
    the SHA-256 of the verifier's source, so that a receipt of an older script is known as one.
    """

    id: str
    at: int
    claim: str
    verdict: str
    seed: int
    device: str
    digest: str
    record: str
