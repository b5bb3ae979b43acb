"""Claims about speed, in the slow lane: no difference is no speed-up, and noise is at most undecided."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import pytest

from quizapp.deck.claims import ClaimInfo
from quizapp.proof import experiment, faster
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
TRIES = 100
NO_DIFFERENCE = {"module_chain.speed"}
"""Claims that two subjects take as long as each other: what is wrong there is to see a difference."""
DIFFERENT = [name for name in TIMERS if not any(claim.startswith(f"{name}.") for claim in NO_DIFFERENCE)]

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


@pytest.mark.parametrize("script", DIFFERENT)
def test_a_subject_against_itself_proves_no_difference_in_a_hundred_tries(
    script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = loaded(script)
    monkeypatch.setattr(module, "faster", against_itself)
    claims = [getattr(module, claim.ref.name) for claim in timing(script)]
    assert claims
    told = [experiment.prove(claim, experiment.Trial(seed)) for claim in claims for seed in range(TRIES)]
    fine = {Verdict.REFUTED, Verdict.UNDECIDED}
    assert [(proof.claim, proof.seed, proof.verdict) for proof in told if proof.verdict not in fine] == []


def test_where_there_is_no_difference_none_is_seen_in_a_hundred_tries() -> None:
    claims = [claim for claim in LIBRARY.claims if str(claim.ref) in NO_DIFFERENCE]
    told = proofs(claims, range(TRIES))
    wrong = [each for proof in told for each in proof.subjects if each.role is Role.MISCONCEPTION]
    assert len(wrong) >= TRIES * len(NO_DIFFERENCE)
    assert [each.name for each in wrong if each.accepted] == []


@each_script
def test_under_load_a_claim_about_speed_is_at_most_undecided(script: str) -> None:
    claims = timing(script)
    assert claims
    with busy(os.cpu_count() or 2):
        told = proofs(claims, range(10))
    assert len(told) == 10 * len(claims)
    assert {proof.verdict for proof in told} <= {Verdict.PROVED, Verdict.UNDECIDED}


def loaded(script: str) -> ModuleType:
    """The script as a module, run here: what it measures is the processor time of this thread."""
    spec = spec_from_file_location(script, LIBRARY.index.verifiers[script].path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def against_itself(baseline: Callable[[], object], _candidate: object, *args: Any, **words: Any) -> Span:
    return faster(baseline, baseline, *args, **words)


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
