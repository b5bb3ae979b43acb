"""A loaded verifier and the jobs that can be asked of it.

The same five jobs serve the command line, the study screen and the tests: prove a claim, run
its answer or one belief alone, judge an attempt, draw a question.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from quizapp.proof.claim import BrokenClaimError, Case, Claim, Misconception, Subject
from quizapp.proof.experiment import (
    Tell,
    Trial,
    answer,
    attempt,
    believe,
    cases_of,
    claims_in,
    cuda,
    lacking,
    line_in,
    load,
    placed,
    prove,
    said,
)
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord

Emit = Callable[[dict[str, Any]], None]


class Session:
    """One verifier script, loaded once; jobs run in it one after the other.

    Raises ``BrokenClaimError`` where the script holds no claim, and whatever the script's own body raises.
    """

    def __init__(self, script: Path) -> None:
        self.script = script
        self.digest = hashlib.sha256(script.read_bytes()).hexdigest()
        self.claims = {claim.name: claim for claim in claims_in(load(script))}
        if not self.claims:
            raise BrokenClaimError(f"{script.name} holds no claim")
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

        seed, device = int(job["seed"]), str(job.get("device", "auto"))
        if job["do"] == "prove":
            return self.prove(str(job["claim"]), seed, device, tell).to_json()
        claim = self.claim(str(job["claim"]))
        device = resolve(device)
        if (missing := lacking(claim, device)) is not None:
            return {"skipped": missing._asdict()}
        return _JOBS[job["do"]](claim, job, Trial(seed, device, tell))


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


def one_thread() -> None:
    """Keep torch on one thread: ratios of processor time and forked ranks both rest on it."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)


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


def judge_file(claim: Claim, file: Path, entry: str, trial: Trial) -> dict[str, Any]:
    """Load a learner's file and judge its entry point, with one clear word for how it went.

    The words: accepted, rejected, undecided, raised, exited, unparsable, missing. (A file that ends
    the process or never ends is named by the runner, which alone can see it.)
    """
    try:
        subject = load_entry(file, entry)
        record = attempt(claim, subject, str(file), trial)
    except SyntaxError as error:
        return {"word": "unparsable", "detail": str(error.msg), "line": error.lineno}
    except MissingEntryError as error:
        return {"word": "missing", "detail": str(error.args[0])}
    except SystemExit as error:
        return {"word": "exited", "detail": f"SystemExit: {error.code}", "line": line_in(error, str(file))}
    except _LoadError as error:
        return {"word": "raised", "detail": str(error), "line": error.line}
    return {"word": _word(record), "subject": record.to_json()}


class _LoadError(Exception):
    """The body of an attempt's file raised before anything could be judged."""

    def __init__(self, cause: Exception, line: int | None) -> None:
        super().__init__(f"{type(cause).__name__}: {said(cause)}")
        self.line = line


class MissingEntryError(LookupError):
    """An attempt's file defines no callable of the name that is judged."""


def load_entry(file: Path, entry: str) -> Subject:
    """Run an attempt's file and return its entry point."""
    module = ModuleType("attempt")
    sys.modules["attempt"] = module
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec", dont_inherit=True)
    try:
        exec(code, module.__dict__)  # noqa: S102  # judging the learner's code is what this is for; the runner limits it
    except Exception as error:
        raise _LoadError(error, line_in(error, str(file))) from error
    one_thread()
    subject = module.__dict__.get(entry)
    if not callable(subject):
        raise MissingEntryError(f"defines no {entry}()")
    return subject  # type: ignore[no-any-return]  # a namespace holds anything; callable() has just been asked


def _word(record: SubjectRecord) -> str:
    if record.accepted is None:
        return "undecided"
    if any(outcome.raised for outcome in record.outcomes):
        return "raised"
    return "accepted" if record.accepted else "rejected"


def _number(value: Any) -> float | int:
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_JOBS: dict[str, Callable[[Claim, Mapping[str, Any], Trial], dict[str, Any]]] = {
    "answer": lambda claim, _, trial: answer(claim, trial).to_json(),
    "belief": lambda claim, job, trial: believe(claim, str(job["misconception"]), trial).to_json(),
    "draw": lambda claim, _, trial: question(claim, trial),
    "attempt": lambda claim, job, trial: judge_file(claim, Path(str(job["file"])), str(job["entry"]), trial),
}
