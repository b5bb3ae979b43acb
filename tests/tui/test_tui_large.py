"""However much a run measures, its picture can be drawn between two keys, and says what it leaves out."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from quizapp.deck.claims import ClaimInfo, verifier
from quizapp.model.words import Lang
from quizapp.proof.evidence import Item, Measure, Note, Table
from quizapp.proof.record import Outcome, Role, SubjectRecord
from quizapp.proof.say import Say
from quizapp.service.proving import Judged, Word
from quizapp.service.running import Seen
from quizapp.tui.draw.evidence import LONGEST, Shown, outcome_rows
from quizapp.tui.draw.proof import panel
from quizapp.tui.look import Look
from quizapp.tui.watch import KEPT, Watch
from tests.tui.conftest import VERIFIERS

LOOK = Look.of(Lang.EN, dark=True)
MANY = 20 * LONGEST
WRONG = Measure(Say("error", "误差"), 2.0, "<=", 1.0)


@pytest.fixture(scope="module")
def claim() -> ClaimInfo:
    return next(claim for claim in verifier(VERIFIERS / "conv_bn_fusion.py").claims if claim.ref.name == "parity")


def drawn(*parts: RenderableType) -> list[str]:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_table_is_cut_and_what_is_left_out_is_counted() -> None:
    table = Table(Say("cells", "单元"), tuple((str(row), "x") for row in range(MANY)))
    lines = drawn(Shown(table, LOOK))
    assert len(lines) == LONGEST + 2
    assert lines[-1].strip() == f"… and {MANY - LONGEST} more"
    assert not any("more" in line for line in drawn(Shown(replace(table, rows=table.rows[:LONGEST]), LOOK)))
    wide = Table(Say("cells", "单元"), (("abc",) * MANY,) * 2)
    assert len(drawn(Shown(wide, LOOK))) < LONGEST


def test_findings_are_cut_and_counted() -> None:
    lines = drawn(*outcome_rows(Outcome("one", accepted=False, items=(WRONG,) * MANY), LOOK))
    assert sum("error" in line for line in lines) == LONGEST
    assert f"… and {MANY - LONGEST} more" in lines[-1]


def test_an_attempt_shows_some_of_its_cases_and_counts_the_rest(claim: ClaimInfo) -> None:
    items: tuple[Item, ...] = (WRONG, *[Note(Say("seen", "看到"))] * MANY)
    outcomes = tuple(Outcome(f"case {place}", accepted=False, items=items) for place in range(MANY))
    record = SubjectRecord("fuse", Role.ATTEMPT, Say("yours", "你的"), outcomes)
    watch = Watch.attempt(claim, "fuse", 7).ended(Judged(claim.ref, Word.REJECTED, 7, subject=record))
    lines = drawn(panel(watch, LOOK, 0, None))
    assert f"… and {MANY - LONGEST} more" in "\n".join(lines)
    assert len(lines) < 5 * LONGEST


def test_a_run_in_progress_keeps_so_many_outcomes_and_says_that_there_are_more(claim: ClaimInfo) -> None:
    one = Seen(claim.ref, "fuse_conv_bn", Role.ANSWER, Outcome("one", accepted=True, items=(WRONG,)))
    few, many = Watch.proof(claim, 7).seen(one, one), Watch.proof(claim, 7).seen(*[one] * (KEPT + 1))
    assert "2 so far" in "\n".join(drawn(panel(few, LOOK, 0, None)))
    assert len(many.rows[0].outcomes) == len(many.seen(one).rows[0].outcomes) == KEPT
    assert f"{KEPT}+ so far" in "\n".join(drawn(panel(many, LOOK, 0, None)))
