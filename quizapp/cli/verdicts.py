"""Verdicts in a line, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from quizapp.proof.paper import Line, verdict_word
from quizapp.proof.record import Proof, Role, Verdict
from quizapp.proof.width import cells
from quizapp.sanitise import Run, line

COLOURS = {Verdict.PROVED: "green", Verdict.SKIPPED: "faint", Verdict.UNDECIDED: "yellow"}


def lines(proof: Proof, lang: str, width: int) -> Iterator[Line]:
    """One claim in one line: verdict, claim, seed and time; a second line with the reason where there is one."""
    word = verdict_word(proof.verdict, lang)
    wrong = sum(subject.role is Role.MISCONCEPTION for subject in proof.subjects)
    claim = line(proof.claim)
    facts = f"{wrong} ✗ · seed {proof.seed} · {line(proof.device)} · {proof.seconds:.2f} s"
    gap = " " * max(2, width - 11 - cells(claim) - cells(facts))
    style = f"{COLOURS.get(proof.verdict, 'red')} bold"
    yield Run(word, style), Run(" " * max(1, 11 - cells(word))), Run(f"{claim}{gap}{facts}")
    if proof.reason:
        yield (Run(f"           {proof.reason.to(lang)}"),)


def tally(proofs: Sequence[Proof], lang: str) -> str:
    """How many of each verdict, and the time they took."""
    counted = Counter(proof.verdict for proof in proofs)
    words = ", ".join(f"{count} {verdict_word(verdict, lang).lower()}" for verdict, count in counted.items())
    return f"{words or '0'} · {sum(proof.seconds for proof in proofs):.1f} s"
