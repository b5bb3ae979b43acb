"""``quizapp doctor``: what this machine has for quizapp, and what to do where it could have more."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import db_option, json_option, lang_option, library
from quizapp.cli.out import put, put_json, width
from quizapp.proof.say import Say
from quizapp.proof.width import cells, wrap
from quizapp.sanitise import Run

if TYPE_CHECKING:
    from quizapp.service.doctor import Finding

MARKS = {"ok": Say("ok", "正常"), "note": Say("note", "注意"), "problem": Say("problem", "问题")}
STYLES = {"ok": "green", "note": "yellow", "problem": "red"}
COLUMN = 24  # cells of "name: value"
MARK = 9  # cells of the mark

EXAMPLES = """\b
Examples:
  quizapp doctor
  quizapp doctor --json
  quizapp doctor --lang zh --db mydeck.db
"""


@click.command(epilog=EXAMPLES)
@json_option
@lang_option
@db_option
def command(*, as_json: bool, lang: str, database: Path) -> None:
    """Say how well proofs are isolated here, prove something, and look at all that studying needs.

    Each line is a finding, marked ok, note or problem, with what to do. Nothing is written. Exit
    code 1 if there is a problem.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # this has to be readable on the very terminal that it warns of
    found = []
    for finding in _findings(database):
        found.append(finding)
        if not as_json:
            _print(finding, lang)
    if as_json:
        put_json([described(finding) for finding in found], indent=1)
    sys.exit(1 if any(finding.mark.value == "problem" for finding in found) else 0)


def _findings(database: Path) -> Iterator[Finding]:
    from quizapp.cli.terminal import here
    from quizapp.service.doctor import examine
    from quizapp.service.screen import judge
    from quizapp.tui import LEAST

    yield from examine(library(), database)
    yield from judge(here(), LEAST)


def _print(finding: Finding, lang: str) -> None:
    """One line; on a terminal it goes on below itself."""
    head = _filled(f"{finding.name}: {finding.value.to(lang)}", COLUMN)
    mark = _filled(MARKS[finding.mark.value].to(lang), MARK)
    said = said_of(finding, lang)
    first, *rest = (wrap(said, max(20, width() - COLUMN - MARK)) if sys.stdout.isatty() else [said]) or [""]
    put(head, Run(mark if first else mark.rstrip(), STYLES[finding.mark.value]), first)
    for part in rest:
        put(" " * (COLUMN + MARK) + part)


def said_of(finding: Finding, lang: str) -> str:
    """What was found, then, behind an arrow, what to do."""
    advice = f"→ {finding.advice.to(lang)}" if finding.advice else ""
    return " ".join(part for part in (finding.says.to(lang), advice) if part)


def described(finding: Finding) -> dict[str, object]:
    """The finding as JSON data."""
    return {
        "name": finding.name,
        "value": finding.value.en,
        "mark": finding.mark.value,
        "says": finding.says._asdict(),
        "advice": finding.advice._asdict() if finding.advice else None,
        "facts": dict(finding.facts),
    }


def _filled(text: str, size: int) -> str:
    return text + " " * max(1, size - cells(text))
