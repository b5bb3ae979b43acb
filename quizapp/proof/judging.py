"""The judge's two halves of judging an attempt: what the bench is given, and what is made of what it saw."""

from __future__ import annotations

import base64
import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quizapp.proof.claim import BrokenClaimError, Case, Claim, number_of
from quizapp.proof.evidence import Match, accepted
from quizapp.proof.excerpt import excerpt
from quizapp.proof.experiment import Trial, cases_of, one_line, placed, translated
from quizapp.proof.plain import decode
from quizapp.proof.program import ProgramError
from quizapp.proof.record import Outcome, Role, SubjectRecord
from quizapp.proof.say import Say

LONGEST = 300  # characters of a reason that the bench gives
NUMERIC = f"from {number_of.__module__} import {number_of.__name__}\n"
"""The excerpt of a numeric claim."""


def handed_over(claim: Claim, script: Path, trial: Trial) -> dict[str, Any]:
    """All that the bench needs to observe a subject: an ``excerpt`` of the script, and each case's ``inputs``.

    Raises ``BrokenClaimError`` where the claim does not observe, or not without its answer.
    """
    watch = claim.observer
    if watch is None:
        raise BrokenClaimError(
            f"{claim.name} judges its subject in one piece; a claim that judges a learner's code says what is done "
            f"with it apart from how it is judged: register that with @{claim.name}.observe"
        )
    cases, classes = [], set[str]()
    for case in cases_of(claim, placed(claim, trial)):
        pickled, named = _pickled(claim, case, script.stem)
        classes |= named
        cases.append({"label": case.label, "zh": case.says.zh, "inputs": base64.b64encode(pickled).decode()})
    ours = watch is number_of  # of our package, which the bench has
    text = NUMERIC if ours else excerpt(script.read_text(encoding="utf-8"), watch.__name__, classes)
    return {"module": script.stem, "excerpt": text, "observe": watch.__name__, "cases": cases}


def verdict(claim: Claim, observations: Sequence[Any], trial: Trial) -> dict[str, Any]:
    """Judge what the bench saw, one observation for each freshly drawn case: the ``word`` and the ``subject``.

    Observations may hold anything: what is missing, malformed or cannot be judged is rejected with the reason. The
    words: accepted, rejected, undecided, raised.
    """
    trial, outcomes = placed(claim, trial), []
    for index, case in enumerate(cases_of(claim, trial)):
        observed = observations[index] if index < len(observations) else None
        outcome = _outcome(claim, case, observed, trial.device)
        trial.tell("attempt", Role.ATTEMPT, outcome)
        outcomes.append(outcome)
    record = SubjectRecord("attempt", Role.ATTEMPT, Say("your code", "你的代码"), tuple(outcomes))
    return {"word": _word(record), "subject": record.to_json()}


def _outcome(claim: Claim, case: Case, observed: Any, device: str) -> Outcome:
    if isinstance(observed, dict) and isinstance(raised := observed.get("raised"), str):
        line = observed.get("line")
        line = line if type(line) is int else None
        return Outcome(case.label, accepted=False, raised=raised[:LONGEST], line=line, case_zh=translated(case))
    if not isinstance(observed, dict) or "seen" not in observed:
        return _unjudged(case, "nothing came back")
    try:
        items = claim.verdict(decode(observed["seen"], device), case)
        return Outcome(case.label, accepted(items), items, case_zh=translated(case))
    except BrokenClaimError:
        raise
    except ProgramError as error:
        return _unjudged(case, f"could not be run again: {error}")
    except Exception as error:  # the check was written for data of one shape; what raises it is not of that shape
        return _unjudged(case, f"could not be judged: {one_line(error)}")


def _unjudged(case: Case, why: str) -> Outcome:
    found = Match(Say("what your code gave", "你的代码给出的结果"), why, "something to judge")
    return Outcome(case.label, accepted=False, items=(found,), case_zh=translated(case))


def _word(record: SubjectRecord) -> str:
    if record.accepted is None:
        return "undecided"
    if any(outcome.raised for outcome in record.outcomes):
        return "raised"
    return "accepted" if record.accepted else "rejected"


def _pickled(claim: Claim, case: Case, module: str) -> tuple[bytes, set[str]]:
    """A case's inputs for the bench, and the names of the script's own classes and functions that they refer to."""
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, module)
    try:
        pickler.dump(claim.inputs(case))
    except Exception as error:  # a lambda, an open file, a module of another process
        raise BrokenClaimError(
            f"{claim.name}: what observe takes of case {case.label!r} cannot be sent to another process: "
            f"{one_line(error)}"
        ) from error
    return buffer.getvalue(), pickler.named


class _Pickler(pickle.Pickler):
    """Notes what a pickle refers to by name in the script's module."""

    def __init__(self, file: io.BytesIO, module: str) -> None:
        super().__init__(file)
        self._module = module
        self.named: set[str] = set()

    def reducer_override(self, value: Any) -> Any:
        """Note, and pickle as ever."""
        if getattr(value, "__module__", None) == self._module and (name := getattr(value, "__qualname__", None)):
            self.named.add(name.partition(".")[0])
        return NotImplemented
