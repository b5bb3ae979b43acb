"""Terminals and pipes: what is drawn where, and what is refused."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program

pexpect = pytest.importorskip("pexpect", reason="needs pseudo-terminals")
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")


def terminal(program: Program, *words: str, columns: int = 80, rows: int = 24, **more: str) -> tuple[str, int]:
    """What a command shows on a pseudo-terminal, and its exit code."""
    child: Any = pexpect.spawn(
        sys.executable,
        ["-m", "quizapp", *words],
        env=program.environment(TERM="xterm-256color", **more),
        cwd=str(program.root),
        dimensions=(rows, columns),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.before, child.exitstatus


def test_study_needs_a_terminal(program: Program) -> None:
    assert "study needs a terminal" in program.run("study").refused()
    assert not program.database.exists()


@posix
@pytest.mark.parametrize(("columns", "rows"), [(20, 24), (39, 24), (80, 5)])
def test_study_refuses_a_terminal_too_small_to_read_in(program: Program, columns: int, rows: int) -> None:
    shown, code = terminal(program, "study", columns=columns, rows=rows)
    assert code == 2
    assert f"{columns}×{rows}" in "".join(shown.split("\r\n"))
    assert "Traceback" not in shown
    assert not program.database.exists()


@posix
def test_quizapp_alone_opens_the_study_screen_on_a_terminal(program: Program) -> None:
    """On one of 20 columns, where the screen says so and leaves."""
    shown, code = terminal(program, columns=20)
    assert (code, "20×24" in shown) == (2, True)


@posix
@pytest.mark.parametrize("words", [("--new", "0"), ("--topic", "sums", "--lang", "zh")], ids=" ".join)
def test_study_refuses_a_home_that_cannot_be_written_before_the_screen_opens(
    program: Program, words: tuple[str, ...]
) -> None:
    program.home.write_text("no folder", encoding="utf-8")
    shown, code = terminal(program, "study", *words)
    assert code == 2
    assert "is not a folder" in "".join(shown.split("\r\n"))
    assert "\x1b[?1049h" not in shown  # the alternate screen was never opened
    assert program.home.read_text(encoding="utf-8") == "no folder"


@posix
def test_study_refuses_an_unknown_topic_before_the_screen_opens(program: Program) -> None:
    shown, code = terminal(program, "study", "--topic", "algebra")
    assert (code, "there is no topic 'algebra'" in shown, "\x1b[?1049h" in shown) == (2, True, False)


def test_quizapp_alone_prints_help_in_a_pipe(program: Program) -> None:
    alone, asked = program.run(code=0), program.run("--help", code=0)
    assert alone.out == asked.out
    for command in ("study", "verify", "solve", "grade", "list", "show", "due", "stats", "export", "lint"):
        assert f"\n  {command}" in alone.out


def test_a_misspelt_command_is_answered_with_the_nearest(program: Program) -> None:
    assert "did you mean verify?" in program.run("verfy").refused()
    assert "quizapp --help lists the commands" in program.run("zzz").refused()


def test_the_version_is_told(program: Program) -> None:
    from quizapp import __version__

    assert __version__ in program.run("--version", code=0).out


@posix
@pytest.mark.parametrize("words", [("list",), ("show", "sums/formula"), ("stats",), ("export", "stats")], ids=" ".join)
def test_a_reader_that_goes_away_is_no_error(program: Program, words: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        process = program.start(*words, stdout=gone)
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode != 0


@posix
def test_colours_are_for_terminals_that_want_them(program: Program) -> None:
    painted, _ = terminal(program, "verify", "sums.gauss")
    plain, _ = terminal(program, "verify", "sums.gauss", NO_COLOR="1")
    assert "\x1b[32m" in painted
    assert "PROVED" in plain
    assert "\x1b[3" not in plain
    assert "\x1b[" not in program.run("verify", "sums.gauss", code=0).out


@posix
def test_a_long_run_shows_a_bar_and_leaves_only_its_results(program: Program) -> None:
    shown, code = terminal(program, "verify", "sums", "--seeds", "0:2")
    assert code == 0
    assert "/4" in shown
    assert shown.count("PROVED") == 4
    assert "\x1b[" not in program.run("verify", "sums", "--seeds", "0:2", code=0).err


@posix
def test_json_stays_whole_beside_a_bar(program: Program) -> None:
    """stdout in a pipe and stderr on a terminal: the bar must not be drawn into the results."""
    import json
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb", buffering=0) as far:
        process = program.start("verify", "sums", "--json", "--seeds", "0:2", stderr=far)
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["proved"] * 4
