"""``quizapp doctor`` as it is met: in a pipe, on a terminal, on a broken machine."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from tests.cli.test_cli_imports import loaded

if TYPE_CHECKING:
    from tests.cli.conftest import Program

LEVELS = ("full", "partial", "none")
MARKS = {"ok": "正常", "note": "注意", "problem": "问题"}


def test_the_isolation_comes_first_and_exactly_so_written(program: Program) -> None:
    for lang in ("en", "zh"):
        first = program.run("doctor", "--lang", lang, code=0).out.splitlines()[0]
        assert re.match(rf"isolation: ({'|'.join(LEVELS)}) ", first)


@pytest.mark.parametrize("level", ["partial", "none"])
def test_less_isolation_is_named_with_its_reason_and_remedy(program: Program, level: str) -> None:
    first = program.run("doctor", code=0, QUIZAPP_ISOLATION=level).out.splitlines()[0]
    found = first.split()[1]
    assert LEVELS.index(found) >= LEVELS.index(level)
    assert f"QUIZAPP_ISOLATION={level}" in first
    assert "→ unset QUIZAPP_ISOLATION" in first


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_line_is_a_finding_with_its_mark_and_nothing_is_written(program: Program, lang: str) -> None:
    ran = program.run("doctor", "--lang", lang, code=0)
    assert ran.err == ""
    words = "|".join(mark if lang == "en" else zh for mark, zh in MARKS.items())
    assert all(re.match(rf"[a-z ]+: \S.* ({words})( |$)", line) for line in ran.out.splitlines()), ran.out
    assert not program.home.exists()


def test_json_tells_the_same(program: Program) -> None:
    found: list[dict[str, Any]] = program.run("doctor", "--json", code=0).json
    assert found[0]["name"] == "isolation"
    assert found[0]["value"] in LEVELS
    by_name = {finding["name"]: finding for finding in found}
    assert {"proof", "python", "torch", "cuda", "database", "deck", "terminal", "text"} <= by_name.keys()
    assert by_name["proof"]["facts"]["claim"] == "sums.gauss"
    assert by_name["database"]["facts"]["path"] == str(program.database)
    assert {finding["mark"] for finding in found} <= MARKS.keys()
    assert not program.home.exists()


def test_a_problem_is_exit_code_1_and_all_else_is_told_too(program: Program, tmp_path: Path) -> None:
    ran = program.run("doctor", "--db", str(tmp_path), code=1)
    assert f"problem  {tmp_path} is a folder" in ran.out
    assert "deck: " in ran.out


def test_where_the_cards_cannot_be_written_it_still_speaks(program: Program) -> None:
    ran = program.run("doctor", "--lang", "zh", code=1, PYTHONIOENCODING="latin-1")
    assert "LANG=C.UTF-8" in ran.out


def test_torch_stays_out_of_this_process(program: Program) -> None:
    modules = loaded(program, "doctor")
    assert not {"torch", "sqlalchemy", "alembic", "textual"} & modules


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_its_size_colours_and_widths_are_told(program: Program) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "quizapp", "doctor"],
        env=program.environment(TERM="xterm-256color", COLORTERM="truecolor"),
        cwd=str(program.root),
        dimensions=(30, 100),
        encoding="utf-8",
        timeout=60,
    )
    for column in (3, 2):  # as a terminal answers that draws 中 in two cells and ─ in one
        child.expect_exact("\x1b[6n")
        child.send(f"\x1b[1;{column}R")
    child.expect("terminal: 100×30")
    child.expect("colours: 24-bit")
    child.expect("text: utf-8")
    child.expect("中 2, ─ 1")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_that_never_answers_is_waited_for_a_moment_only(program: Program) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "quizapp", "doctor"],
        env=program.environment(TERM="dumb"),
        cwd=str(program.root),
        dimensions=(20, 60),
        encoding="utf-8",
        timeout=60,
    )
    child.expect("terminal: 60×20")
    child.expect("text: utf-8")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
