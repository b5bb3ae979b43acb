"""Running a claim: every subject on every case, each outcome told as it comes."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import CodeType

from quizapp.proof.claim import BrokenClaimError, Case, Claim, Misconception
from quizapp.proof.evidence import Item, accepted
from quizapp.proof.record import Outcome, Proof, Role, SubjectRecord, Verdict, conclude
from quizapp.proof.rng import seed_everything
from quizapp.proof.say import Say

Tell = Callable[[str, Role, Outcome], None]
"""Called with a subject's name, its role and each outcome as soon as it is known."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The circumstances of one run: the seed of its cases, its device, and who is told of outcomes."""

    seed: int
    device: str = "cpu"
    tell: Tell = lambda *_: None
    _kept: dict[str, list[Case]] = field(default_factory=dict, repr=False, compare=False)

    def kept(self, claim: str, cases: Iterator[Case]) -> list[Case]:
        """The cases of a claim, drawn when they are first asked for."""
        key = f"{claim} on {self.device}"
        if key not in self._kept:
            self._kept[key] = list(cases)
        return self._kept[key]


def prove(claim: Claim, trial: Trial) -> Proof:
    """Run the claim once: the answer on every case, then every misconception.

    Never raises for what a verifier does wrong: a broken claim or a crash gives ``error``.
    """
    began, trial = time.perf_counter(), placed(claim, trial)

    def proof(verdict: Verdict, reason: Say | None, subjects: tuple[SubjectRecord, ...] = ()) -> Proof:
        seconds = time.perf_counter() - began
        return Proof(claim.name, claim.statement, verdict, trial.seed, trial.device, seconds, subjects, reason)

    if (missing := lacking(claim, trial.device)) is not None:
        return proof(Verdict.SKIPPED, missing)
    try:
        subjects = tuple(_subjects(claim, trial))
        return proof(*conclude(subjects), subjects)
    except Exception as error:  # whatever a verifier raises, the learner gets a verdict with its reason
        return proof(Verdict.ERROR, Say.same(one_line(error)))


def believe(claim: Claim, name: str, trial: Trial) -> SubjectRecord:
    """Run one misconception alone, on the cases where it must show. Raises ``KeyError`` on an unknown name."""
    wrong = {misconception.name: misconception for misconception in claim.misconceptions}[name]
    return _misconception(claim, wrong, placed(claim, trial))


def answer(claim: Claim, trial: Trial) -> SubjectRecord:
    """Run the answer alone."""
    return _answer(claim, placed(claim, trial))


def placed(claim: Claim, trial: Trial) -> Trial:
    """The trial on the device that the claim is pinned to, if it is."""
    return replace(trial, device=claim.on) if claim.on else trial


def lacking(claim: Claim, device: str = "cpu") -> Say | None:
    """What the machine lacks to run this claim on ``device``, or None."""
    needs = dict.fromkeys((*claim.requires, *(["cuda"] if device == "cuda" and claim.on is None else [])))
    for need in needs:
        if need == "cuda" and not cuda():
            return Say("needs a CUDA device", "需要 CUDA 设备")
        if need != "cuda" and not installed(need):
            return Say(f"needs {need}", f"需要 {need}")
    return None


def installed(need: str) -> bool:
    """Whether there is a package, ``mmengine``, in a version where one is asked for: ``torch>=2.6``.

    Words that are neither name nothing that a machine could have.
    """
    from packaging.requirements import InvalidRequirement, Requirement  # most claims require nothing

    try:
        wanted = Requirement(need)
    except InvalidRequirement:
        return False
    if importlib.util.find_spec(wanted.name) is None:
        return False
    if not wanted.specifier:
        return True
    # what is imported by one name may be installed by another: cv2 comes with opencv-python-headless
    distribution = importlib.metadata.packages_distributions().get(wanted.name, [wanted.name])[0]
    return wanted.specifier.contains(importlib.metadata.version(distribution), prereleases=True)


def cuda() -> bool:
    """Whether torch sees a CUDA device; pays for importing torch."""
    import torch

    return bool(torch.cuda.is_available())


def _subjects(claim: Claim, trial: Trial) -> Iterator[SubjectRecord]:
    if not claim.misconceptions:
        raise BrokenClaimError(f"{claim.name}: no misconception; a claim that nothing can fail proves nothing")
    yield _answer(claim, trial)
    for wrong in claim.misconceptions:
        yield _misconception(claim, wrong, trial)


def cases_of(claim: Claim, trial: Trial) -> Iterator[Case]:
    """The cases, each judged under its own seed; at least one.

    What one subject does to a tensor or a module in place is never seen by the next: a claim that observes hands its
    subjects copies, so that its cases are drawn once a trial, and any other has them drawn anew for each subject.
    """
    fresh = _drawn(claim, trial)
    for index, case in enumerate(fresh if claim.observer is None else trial.kept(claim.name, fresh)):
        seed_everything(claim.name, trial.seed, index, "check")
        yield case


def _drawn(claim: Claim, trial: Trial) -> Iterator[Case]:
    """Each case is drawn under its own seed too, whatever was done with the one before."""
    seed_everything(claim.name, trial.seed)
    index = -1
    for index, case in enumerate(claim.draw(trial.seed, trial.device)):
        yield case
        seed_everything(claim.name, trial.seed, index, "next")
    if index < 0:
        raise BrokenClaimError(f"{claim.name}: no case was drawn")


def _answer(claim: Claim, trial: Trial) -> SubjectRecord:
    outcomes = []
    for case in cases_of(claim, trial):
        outcome = _answered(claim, case)
        trial.tell(claim.right.__name__, Role.ANSWER, outcome)
        outcomes.append(outcome)
    return SubjectRecord(claim.right.__name__, Role.ANSWER, Say("the answer", "标准答案"), tuple(outcomes))


def _answered(claim: Claim, case: Case) -> Outcome:
    """The answer on one case. Where it crashes as some misconception is known to, it is rejected like that one."""
    try:
        return _measured(case, claim.judge(claim.right, case))
    except tuple(kind for wrong in claim.misconceptions for kind in wrong.raises) as error:
        return _crashed(case, error)


def _misconception(claim: Claim, wrong: Misconception, trial: Trial) -> SubjectRecord:
    outcomes = []
    for case in cases_of(claim, trial):
        if wrong.shows_on(case):
            outcome = _believed(claim, wrong, case)
            trial.tell(wrong.name, Role.MISCONCEPTION, outcome)
            outcomes.append(outcome)
    if not outcomes:
        raise BrokenClaimError(f"{claim.name}: {wrong.name} must show on no case; on= picked none of them")
    return SubjectRecord(wrong.name, Role.MISCONCEPTION, wrong.says, tuple(outcomes))


def _believed(claim: Claim, wrong: Misconception, case: Case) -> Outcome:
    try:
        items = claim.judge(wrong.subject, case)
    except wrong.raises as error:
        return _crashed(case, error)
    except Exception as error:
        raise BrokenClaimError(
            f"{wrong.name} crashed on {case.label!r} instead of being measured: {one_line(error)}; "
            f"if crashing is its point, declare raises=({type(error).__name__},)"
        ) from error
    return _measured(case, items)


def _measured(case: Case, items: tuple[Item, ...]) -> Outcome:
    return Outcome(case.label, accepted(items), items, case_zh=translated(case))


def _crashed(case: Case, error: Exception) -> Outcome:
    return Outcome(case.label, accepted=False, raised=one_line(error), case_zh=translated(case))


def translated(case: Case) -> str | None:
    """The case's Chinese name, where it has one."""
    return case.says.zh if case.says.zh != case.label else None


def line_in(error: BaseException, file: str) -> int | None:
    """The innermost line of ``file`` that an exception passed through."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    frames += getattr(error, "frames", [])  # what happened in another process: see quizapp.proof.ranks
    lines = [line for name, line in frames if name == file]
    return lines[-1] if lines else getattr(error, "lineno", None)


def one_line(error: BaseException) -> str:
    """An exception in one line: its type and the beginning of what it says."""
    text = " ".join(said(error).split())
    if hasattr(error, "frames"):  # names the rank and the exception there
        return text[:300]
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def said(error: BaseException) -> str:
    """The message of an exception; empty where even asking for it raises, as a learner's own class may."""
    try:
        return str(error)
    except Exception:
        return ""


def claims_in(namespace: dict[str, object]) -> list[Claim]:
    """The claims of a verifier's namespace, in the order they are written."""
    found = list({id(value): value for value in namespace.values() if isinstance(value, Claim)}.values())
    names = [claim.name for claim in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BrokenClaimError(f"two claims are named {', '.join(sorted(twice))}")
    return found


def load(script: Path) -> dict[str, object]:
    """Run a verifier's module body under its own name and return its namespace."""
    spec = importlib.util.spec_from_file_location(script.stem, script)
    if spec is None:
        raise BrokenClaimError(f"{script} is no Python script")
    module = importlib.util.module_from_spec(spec)
    sys.modules[script.stem] = module  # pickling and dataclasses look a module up by its name
    exec(compiled(script), module.__dict__)  # noqa: S102  # what a verifier is for
    return vars(module)


def compiled(script: Path) -> CodeType:
    """The code of a script; kept for as long as the file is the same. Raises as reading and compiling do."""
    status = script.stat()
    return _compiled(script, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _compiled(script: Path, _changed: int, _size: int) -> CodeType:
    return compile(script.read_bytes(), str(script), "exec", dont_inherit=True)
