from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program


def test_a_deck_is_begun_and_added_to_from_the_command_line(program: Program, tmp_path: Path) -> None:
    deck = str(tmp_path / "mine")
    made = program.run("new", "topic", "31-gradient-accumulation", "--deck", deck, code=0)
    assert [line.rpartition("/")[2] for line in made.out.split()] == [
        "31-gradient-accumulation.yaml",
        "gradient_accumulation.py",
    ]
    assert f"quizapp lint --deck {deck}" in made.err
    program.run("new", "verifier", "steps.count", "--topic", "31", "--number", "--deck", deck, code=0)
    program.run(
        "new",
        "card",
        "gradient-accumulation/count",
        "--kind",
        "number",
        "--claim",
        "steps.count",
        "--deck",
        deck,
        code=0,
    )
    assert "warning" in program.run("lint", "--no-run", "--deck", deck, code=0).out


def test_without_a_deck_it_says_where_to_write(program: Program, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    said = program.run("new", "verifier", "a.b", "--topic", "1", "--deck", str(empty), code=2).err
    assert "holds no questions/ and verifiers/" in said
    assert list(empty.iterdir()) == []


def test_a_name_that_is_taken_is_bad_input(program: Program) -> None:
    assert "is there already" in program.run("new", "topic", "01-other", "--deck", str(program.root), code=2).err
