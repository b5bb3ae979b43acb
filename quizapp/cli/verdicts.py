"""Verdicts in a line, and their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from quizapp.cli.common import colour
from quizapp.proof.paper import verdict_word
from quizapp.proof.record import Proof, Role, Verdict
from quizapp.proof.width import cells

COLOURS = {Verdict.PROVED: "green", Verdict.SKIPPED: "bright_black", Verdict.UNDECIDED: "yellow"}


def line(proof: Proof, lang: str, width: int) -> str:
    """One claim in one line: verdict, claim, seed and time; a second line with the reason where there is one."""
    word = verdict_word(proof.verdict, lang)
    wrong = sum(subject.role is Role.MISCONCEPTION for subject in proof.subjects)
    facts = f"{wrong} ✗ · seed {proof.seed} · {proof.device} · {proof.seconds:.2f} s"
    gap = width - 11 - cells(proof.claim) - cells(facts)
    painted = click.style(word, fg=COLOURS.get(proof.verdict, "red"), bold=True) if colour() else word
    head = f"{painted}{' ' * max(1, 11 - cells(word))}{proof.claim}{' ' * max(2, gap)}{facts}"
    return f"{head}\n           {proof.reason.to(lang)}" if proof.reason else head


def tally(proofs: Sequence[Proof], lang: str) -> str:
    """How many of each verdict, and the time they took."""
    counted = Counter(proof.verdict for proof in proofs)
    words = ", ".join(f"{count} {verdict_word(verdict, lang).lower()}" for verdict, count in counted.items())
    return f"{words or '0'} · {sum(proof.seconds for proof in proofs):.1f} s"
