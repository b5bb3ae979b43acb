"""Loads one verifier and says, as JSON on standard output, what its claims are and how they bear sabotage.

Run as ``python inspector.py SCRIPT SEED``: it needs torch, so it is a process of its own.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quizapp.proof import Claim, at_most
from quizapp.proof.claim import Misconception
from quizapp.proof.experiment import Trial, answer, cases_of, lacking, placed, prove
from quizapp.proof.judging import handed_over
from quizapp.proof.record import conclude
from quizapp.proof.rng import seed_everything
from quizapp.proof.session import Session

SEEDS = range(5)


def described(claim: Claim, script: Path, seed: int) -> dict[str, Any]:
    """A claim as it runs, the digests of its cases by seed, and the verdicts that sabotage brings."""
    skipped = lacking(claim) is not None
    return {
        "name": claim.name,
        "statement": [claim.en, claim.zh],
        "requires": list(claim.requires),
        "numeric": claim.numeric,
        "observes": claim.observer is not None,
        "answer": claim.right.__name__,
        "misconceptions": {each.name: list(each.says) for each in claim.misconceptions},
        "skipped": skipped,
        "labels": []
        if skipped
        else sorted({(case.label, case.says.zh) for seed in SEEDS for case in claim.draw(seed)}),
        "draws": [] if skipped else [drawn(claim, number) for number in SEEDS],
        "swapped": {} if skipped else {each.name: swapped(claim, each, seed) for each in claim.misconceptions},
        "weakened": None if skipped else weakened(claim, seed),
        "disturbs": [] if skipped or claim.observer is None else disturbed(claim, seed),
        "handed": [] if skipped or claim.observer is None else handed(claim, script, seed),
    }


def swapped(claim: Claim, wrong: Misconception, seed: int) -> dict[str, Any]:
    """The verdict with a misconception in the answer's place.

    The other misconceptions are left out: they cannot save an answer that is rejected, and cost their time again.
    """
    patched = copy.copy(claim)
    patched._answer = wrong.subject
    try:
        return {"verdict": conclude((answer(patched, Trial(seed)),))[0].value}
    except Exception as error:  # whatever it raises is what prove() would have told as an error
        return {"verdict": "error", "why": f"{type(error).__name__}: {error}"}


def weakened(claim: Claim, seed: int) -> tuple[str, str]:
    """The verdict, and its reason, of a check that accepts whatever it is given."""
    patched = copy.copy(claim)
    patched._observe = None  # or a misconception that crashes there would be rejected after all
    patched._check = lambda _subject, _case: at_most(0.0, 1.0, en="nothing", zh="无")
    proof = prove(patched, Trial(seed))
    return proof.verdict.value, proof.reason.en if proof.reason else ""


def disturbed(claim: Claim, seed: int) -> list[str]:
    """The cases that the check itself changes, which a proof draws once for all its subjects."""
    trial = placed(claim, Trial(seed))
    seen = [(case, fingerprint(case)) for case in cases_of(claim, trial)]
    answer(claim, trial)
    return [case.label for case, before in seen if fingerprint(case) != before]


def fingerprint(case: Any) -> str:
    """A digest of all that a case holds, gradients included."""
    digest = hashlib.sha256()
    for piece in (*pieces(vars(case)), *slopes(vars(case))):
        digest.update(piece)
    return digest.hexdigest()


def slopes(held: Mapping[str, Any]) -> Iterator[bytes]:
    """The gradients that have arrived at a case's tensors and at its modules' parameters."""
    for value in held.values():
        leaves = value.parameters() if hasattr(value, "parameters") else [value]
        for leaf in leaves:
            if getattr(leaf, "is_leaf", False) and leaf.grad is not None:
                yield from pieces(leaf.grad)


def handed(claim: Claim, script: Path, seed: int) -> list[str]:
    """All that a learner's process is given: the excerpt, then each case's pickle, byte for character."""
    given = handed_over(claim, script, Trial(seed))
    return [given["excerpt"], *(base64.b64decode(case["inputs"]).decode("latin-1") for case in given["cases"])]


def drawn(claim: Claim, seed: int) -> str:
    """A digest of all that a seed's cases hold."""
    trial = placed(claim, Trial(seed))
    seed_everything(claim.name, seed)
    digest = hashlib.sha256()
    for case in claim.draw(seed, trial.device):
        for piece in pieces(vars(case)):
            digest.update(piece)
    return digest.hexdigest()


def pieces(value: Any) -> Iterator[bytes]:
    """The bytes of numbers, texts, tensors and what modules hold; what else there is does not count."""
    if hasattr(value, "state_dict"):
        yield from pieces(value.state_dict())
    elif hasattr(value, "detach"):
        yield repr((tuple(value.shape), value.detach().cpu().tolist())).encode()
    elif isinstance(value, Mapping):
        for key in value:
            yield repr(key).encode()
            yield from pieces(value[key])
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from pieces(inner)
    elif isinstance(value, str | int | float | bool | None):
        yield repr(value).encode()


if __name__ == "__main__":
    session = Session(Path(sys.argv[1]))
    found = [described(claim, session.script, int(sys.argv[2])) for claim in session.claims.values()]
    sys.stdout.write("\n" + json.dumps(found) + "\n")
