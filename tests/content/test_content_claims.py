"""Every shipped claim: proved on many seeds, refuted when sabotaged, and as the static index reads it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quizapp.deck.claims import ClaimInfo, names_defined
from quizapp.proof.record import Proof, Verdict
from quizapp.runner import Limits, Workers
from quizapp.runner.isolation import Level
from quizapp.runner.workers import room_for
from quizapp.service.library import Library
from quizapp.service.proving import prove

pytest.importorskip("torch")

LIBRARY = Library.shipped()
SCRIPTS = list(LIBRARY.index.verifiers)
CLEAN = Workers()
"""Kept for what is asked of workers: these run each claim once."""
INSPECTOR = Path(__file__).with_name("inspector.py")

# the tests of one script stay on one worker, which inspects it once
each_script = pytest.mark.parametrize(
    "script", [pytest.param(name, id=name, marks=pytest.mark.xdist_group(f"claims-{name}")) for name in SCRIPTS]
)


def claims(script: str) -> tuple[ClaimInfo, ...]:
    return LIBRARY.index.verifiers[script].claims


@cache
def inspected(script: str) -> list[dict[str, Any]]:
    """What the claims of a script say of themselves, from one process; see ``inspector.py``."""
    path = LIBRARY.verifiers / f"{script}.py"
    done = subprocess.run(
        [sys.executable, str(INSPECTOR), str(path), "0"], capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def is_timing(proof: Proof) -> bool:
    """Whether a claim measures speed, whose noise may leave it undecided."""
    kinds = {item.kind for subject in proof.subjects for outcome in subject.outcomes for item in outcome.items}
    return "span" in kinds


def failures(script: str, seeds: Sequence[int]) -> list[str]:
    told = []
    running = prove(LIBRARY, claims(script), seeds, "cpu", Limits(seconds=120))
    proofs = [proof for proof in running if isinstance(proof, Proof)]
    assert len(proofs) == len(claims(script)) * len(seeds)
    for proof in proofs:
        fine = {Verdict.PROVED, Verdict.SKIPPED} | ({Verdict.UNDECIDED} if is_timing(proof) else set())
        if proof.verdict not in fine:
            told.append(f"{proof.claim} seed {proof.seed}: {proof.verdict} {proof.reason.en if proof.reason else ''}")
    return told


@each_script
def test_every_claim_is_proved_on_five_seeds(script: str) -> None:
    assert failures(script, range(5)) == []


@each_script
def test_no_claim_leaves_anything_that_would_cost_its_worker(script: str) -> None:
    room = room_for(LIBRARY.verifiers / f"{script}.py", [])
    if not room.warm or CLEAN.isolation.level is Level.NONE:
        pytest.skip("there is no worker to keep")
    CLEAN.warm(room)
    before = [worker for worker, _ in CLEAN._idle]
    told = list(prove(LIBRARY, claims(script), [0], "cpu", workers=CLEAN))
    assert len(told) >= len(claims(script))
    after = [worker for worker, _ in CLEAN._idle]
    assert after == before, "a worker that is thrown away is started again for the next claim, which takes seconds"


@pytest.mark.slow
@pytest.mark.timeout(7200)
@each_script
def test_every_claim_is_proved_on_two_hundred_seeds(script: str) -> None:
    assert failures(script, range(200)) == []


@each_script
def test_every_seed_draws_cases_of_its_own(script: str) -> None:
    for claim in inspected(script):
        assert len(set(claim["draws"])) == len(claim["draws"]), claim["name"]


@each_script
def test_a_misconception_in_the_answers_place_is_refuted(script: str) -> None:
    for claim in inspected(script):
        for name, swapped in claim["swapped"].items():
            assert swapped["verdict"] == "refuted", f"{claim['name']} with {name} for its answer: {swapped}"


@each_script
def test_a_check_that_accepts_everything_is_refuted_by_every_misconception(script: str) -> None:
    for claim in inspected(script):
        if not claim["skipped"]:
            verdict, reason = claim["weakened"]
            assert verdict == "refuted", claim["name"]
            assert all(name in reason for name in claim["misconceptions"]), claim["name"]


@each_script
def test_a_check_leaves_the_cases_that_all_subjects_share_as_they_are(script: str) -> None:
    assert {claim["name"]: claim["disturbs"] for claim in inspected(script) if claim["disturbs"]} == {}


@each_script
def test_what_a_learners_process_is_given_holds_neither_the_answer_nor_a_misconception(script: str) -> None:
    for info, claim in zip(claims(script), inspected(script), strict=True):
        excerpt, *pickles = claim["handed"] or [""]
        sources = [info.answer or "", *info.misconception_sources.values()]
        assert not [source for source in sources if body(source) in excerpt]
        secret = re.compile(rf"\b({'|'.join((claim['answer'], *claim['misconceptions']))})\b")
        assert [secret.findall(text) for text in (excerpt, *pickles) if secret.search(text)] == [], claim["name"]


def body(source: str) -> str:
    """The body of a definition as the excerpt would write it."""
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    return "\n".join(ast.unparse(statement) for statement in definition.body)


@each_script
def test_the_static_index_says_what_the_running_claims_say(script: str) -> None:
    read = [
        {
            "name": claim.ref.name,
            "statement": [claim.statement.en, claim.statement.zh],
            "requires": list(claim.requires),
            "numeric": claim.numeric,
            "observes": claim.observes,
            "answer": next(names_defined(claim.answer or "")),
            "misconceptions": {name: [says.en, says.zh] for name, says in claim.misconceptions.items()},
        }
        for claim in claims(script)
    ]
    assert [{key: claim[key] for key in read[0]} for claim in inspected(script)] == read


def test_every_claim_has_two_misconceptions_and_every_topic_two_claims() -> None:
    assert [claim.ref for claim in LIBRARY.claims if len(claim.misconceptions) < 2] == []
    owned = [LIBRARY.topic_of(claim.ref) for claim in LIBRARY.claims]
    assert [topic.slug for topic in LIBRARY.deck.topics if owned.count(topic.slug) < 2] == []


PROSE = re.compile(r"(?<![\w.])[a-z]{3,}(?![\w.])")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@each_script
def test_the_labels_of_cases_are_readable_in_both_languages(script: str) -> None:
    labels = {(label, zh) for claim in inspected(script) for label, zh in claim["labels"]}
    assert [label for label, zh in sorted(labels) if PROSE.search(label) and not CHINESE.search(zh)] == []
    assert [label for label, _ in sorted(labels) if CHINESE.search(label)] == []
