"""Bad places for a database: one clear line, exit code 2, and nothing is written."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program

READ = [("due",), ("list",), ("stats",), ("export", "reviews")]
WRITE = ("grade", "sums/formula", "good")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file under a folder but the deck's cache."""
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if path.parent.name != "cache"}


@pytest.mark.parametrize("words", [*READ, WRITE], ids=" ".join)
def test_a_file_that_is_no_database_is_left_as_it_is(program: Program, tmp_path: Path, words: tuple[str, ...]) -> None:
    place = tmp_path / "letter.txt"
    place.write_text("Dear Sir or Madam, " * 300, encoding="utf-8")
    before = snapshot(tmp_path)
    line = program.run(*words, "--db", str(place)).refused()
    assert str(place) in line
    assert "not a quizapp database" in line
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("words", [("due",), WRITE], ids=" ".join)
def test_another_applications_database_is_left_as_it_is(
    program: Program, tmp_path: Path, words: tuple[str, ...]
) -> None:
    place = tmp_path / "other.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = snapshot(tmp_path)
    assert "another application's database" in program.run(*words, "--db", str(place)).refused()
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("words", [("due",), ("stats",), WRITE], ids=" ".join)
def test_a_newer_database_is_left_as_it_is(program: Program, words: tuple[str, ...]) -> None:
    program.run(*WRITE, code=0)
    with closing(sqlite3.connect(program.database)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = snapshot(program.home)
    assert "update quizapp" in program.run(*words).refused()
    assert snapshot(program.home) == before


@pytest.mark.parametrize("words", [("due",), ("stats",), WRITE], ids=" ".join)
def test_a_folder_is_no_database(program: Program, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert f"{tmp_path} is a folder" in program.run(*words, "--db", str(tmp_path)).refused()


def test_a_home_that_cannot_be_made_is_refused_by_what_writes(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder", encoding="utf-8")
    for home in (file / "home", Path("/proc/quizapp") if sys.platform == "linux" else file):
        line = program.run(*WRITE, QUIZAPP_HOME=str(home)).refused()
        assert str(home.parent) in line
        assert "--db or QUIZAPP_HOME" in line
        assert program.run("due", code=0, QUIZAPP_HOME=str(home)).out.startswith("0 due")  # it reads as an empty one
    assert file.read_text(encoding="utf-8") == "no folder"


@pytest.mark.parametrize("url", ["postgresql://host/db", "sqlite://", ":memory:", "", "sqlite:///x?mode=ro"])
def test_a_url_that_names_no_file_is_refused_before_and_after_the_command(program: Program, url: str) -> None:
    for words in (("--db", url, "due"), ("due", "--db", url)):
        assert "write a path, or sqlite:///path" in program.run(*words).refused()
    assert snapshot(program.home) == {}


def test_the_option_before_and_after_the_command_names_the_same_place(program: Program, tmp_path: Path) -> None:
    place = tmp_path / "other place" / "mine.db"
    program.run("--db", str(place), *WRITE, code=0)
    program.run(*WRITE, "--db", f"sqlite:///{place}", code=0)
    assert len(program.run("export", "reviews", "--db", str(place), code=0).lines) == 2
    assert not program.database.exists()


def test_the_option_after_the_command_wins(program: Program, tmp_path: Path) -> None:
    program.run("--db", str(tmp_path / "a.db"), *WRITE, "--db", str(tmp_path / "b.db"), code=0)
    assert [(tmp_path / name).exists() for name in ("a.db", "b.db")] == [False, True]


@pytest.mark.parametrize("words", [("due",), ("list",), ("stats",), ("export", "stats"), ("export", "reviews")])
def test_reading_an_empty_place_makes_no_database(program: Program, words: tuple[str, ...]) -> None:
    program.run(*words, code=0)
    assert snapshot(program.home) == {}
