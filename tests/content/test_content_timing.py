"""Claims about speed, in the slow lane: no difference is no speed-up, and noise is at most undecided."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from quizapp.deck.claims import ClaimInfo
from quizapp.proof.evidence import Span
from quizapp.proof.record import Proof, Role, SubjectRecord, Verdict
from quizapp.runner import Limits
from quizapp.service.library import Library
from quizapp.service.proving import prove

pytest.importorskip("torch")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

LIBRARY = Library.shipped()
TIMERS = [
    name
    for name, info in LIBRARY.index.verifiers.items()
    if re.search(r"^(from quizapp\.proof import .*|    )\bfaster\b", info.path.read_text(encoding="utf-8"), re.M)
]
ALIKE = 0.8, 1.25
"""Ratios of times between which a subject is no other than what it is measured against."""

each_script = pytest.mark.parametrize("script", TIMERS)


def proofs(claims: Sequence[ClaimInfo], seeds: range) -> list[Proof]:
    told = prove(LIBRARY, claims, list(seeds), "cpu", Limits(seconds=300))
    return [proof for proof in told if isinstance(proof, Proof)]


def spans(subject: SubjectRecord) -> list[Span]:
    return [item for outcome in subject.outcomes for item in outcome.items if isinstance(item, Span)]


def timing(script: str) -> list[ClaimInfo]:
    """The claims of a script that measure speed, by a run of each."""
    claims = LIBRARY.index.verifiers[script].claims
    told = {proof.claim: any(map(spans, proof.subjects)) for proof in proofs(claims, range(1))}
    return [claim for claim in claims if told[str(claim.ref)]]


@each_script
def test_no_difference_is_never_a_speed_up_in_a_hundred_tries(script: str) -> None:
    claims = timing(script)
    assert claims
    told = proofs(claims, range(100))
    wrong = [subject for proof in told for subject in proof.subjects if subject.role is Role.MISCONCEPTION]
    alike = [subject for subject in wrong if any(ALIKE[0] < span.middle < ALIKE[1] for span in spans(subject))]
    assert len(alike) >= 100 * len(claims), "the natural misconception of a speed-up is no difference"
    assert [subject.name for subject in alike if subject.accepted] == []


@each_script
def test_under_load_a_claim_about_speed_is_at_most_undecided(script: str) -> None:
    with busy(os.cpu_count() or 2):
        told = proofs(timing(script), range(10))
    assert {proof.verdict for proof in told} <= {Verdict.PROVED, Verdict.UNDECIDED}


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """So many processes that only count, until the block ends."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
