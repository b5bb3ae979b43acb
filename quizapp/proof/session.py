"""A loaded verifier and the jobs that can be asked of it.

The same jobs serve the command line, the study screen and the tests: prove a claim, run its answer or one belief
alone, draw a question. Judging an attempt takes three, in as many processes: ``inputs`` of the verifier, ``observe``
on a bench without it, ``verdict`` of the verifier again.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from quizapp.proof.bench import observe, one_thread
from quizapp.proof.claim import BrokenClaimError, Case, Claim, Misconception
from quizapp.proof.experiment import (
    Tell,
    Trial,
    answer,
    believe,
    cases_of,
    claims_in,
    cuda,
    lacking,
    load,
    placed,
    prove,
)
from quizapp.proof.judging import handed_over, verdict
from quizapp.proof.record import Outcome, Proof, Role

Emit = Callable[[dict[str, Any]], None]


class Session:
    """One verifier script, loaded once; jobs run in it one after the other. Without a script it is a bench.

    Raises ``BrokenClaimError`` where the script holds no claim, and whatever the script's own body raises.
    """

    def __init__(self, script: Path | None) -> None:
        self.script = script or Path()
        self.digest = hashlib.sha256(script.read_bytes()).hexdigest() if script else ""
        self.claims = {claim.name: claim for claim in claims_in(load(script))} if script else {}
        if script and not self.claims:
            raise BrokenClaimError(f"{script.name} holds no claim")
        self._bench = script is None
        one_thread()

    def claim(self, name: str) -> Claim:
        """The claim of that name. Raises ``BrokenClaimError`` naming those there are."""
        try:
            return self.claims[name]
        except KeyError:
            raise BrokenClaimError(
                f"{self.script.name} holds no claim {name!r}; it holds {', '.join(self.claims)}"
            ) from None

    def prove(self, name: str, seed: int, device: str = "auto", tell: Tell = lambda *_: None) -> Proof:
        """Prove one claim; the proof carries versions and the digest of the script."""
        proof = prove(self.claim(name), Trial(seed, resolve(device), tell))
        return replace(proof, claim=f"{self.script.stem}.{name}", versions=versions(), digest=self.digest)

    def run(self, job: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
        """Do one job, ``emit`` each outcome as it comes, and return the job's result as JSON data."""

        def tell(subject: str, role: Role, outcome: Outcome) -> None:
            emit({"event": "outcome", "subject": subject, "role": role.value, "outcome": outcome.to_json()})

        if job["do"] == "observe" or self._bench:
            return self._observe(job)
        seed, device = int(job["seed"]), str(job.get("device", "auto"))
        if job["do"] == "prove":
            return self.prove(str(job["claim"]), seed, device, tell).to_json()
        claim = self.claim(str(job["claim"]))
        device = resolve(device)
        if (missing := lacking(claim, device)) is not None:
            return {"skipped": missing._asdict()}
        if job["do"] == "inputs":
            return handed_over(claim, self.script, Trial(seed, device, tell))
        return _JOBS[job["do"]](claim, job, Trial(seed, device, tell))

    def _observe(self, job: Mapping[str, Any]) -> dict[str, Any]:
        if job["do"] != "observe" or not self._bench:
            raise BrokenClaimError(
                f"a learner's code runs where no verifier is loaded, and nothing else does: {job['do']}"
            )
        return observe(job)


def versions() -> dict[str, str]:
    """What the figures of a run depend on."""
    from quizapp import __version__

    found = {"python": platform.python_version(), "quizapp": __version__}
    for name in ("torch", "numpy"):
        if (module := sys.modules.get(name)) is not None:
            found[name] = str(module.__version__)
    return found


def resolve(device: str) -> str:
    """``auto`` as the device it means here: a GPU if torch is in use and sees one, else the CPU."""
    if device != "auto":
        return device
    return "cuda" if "torch" in sys.modules and cuda() else "cpu"


def question(claim: Claim, trial: Trial) -> dict[str, Any]:
    """A numeric question drawn by the seed: its first case, the truth, and what each belief would say."""
    case = next(cases_of(claim, placed(claim, trial)))
    truth = _number(claim.true_value(case))
    wrong = ((each, _tempting(each, case)) for each in claim.misconceptions if each.shows_on(case))
    return {
        "case": case.label,
        "given": case.given,
        "formula": _number(claim.right(**case.given)),
        "truth": truth,
        "tolerance": claim.tolerance,
        "seed": trial.seed,
        "tempting": {
            each.name: {"value": value, "says": each.says._asdict()} for each, value in wrong if value is not None
        },
    }


def _tempting(wrong: Misconception, case: Case) -> float | int | None:
    """What a misconception would answer; None where it raises as declared, and so answers nothing."""
    try:
        return _number(wrong.subject(**case.given))
    except wrong.raises:
        return None


def _number(value: Any) -> float | int:
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_JOBS: dict[str, Callable[[Claim, Mapping[str, Any], Trial], dict[str, Any]]] = {
    "answer": lambda claim, _, trial: answer(claim, trial).to_json(),
    "belief": lambda claim, job, trial: believe(claim, str(job["misconception"]), trial).to_json(),
    "draw": lambda claim, _, trial: question(claim, trial),
    "verdict": lambda claim, job, trial: verdict(claim, job["observations"], trial),
}
