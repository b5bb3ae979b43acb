"""What a command does not import, it does not wait for."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Program

HEAVY = {"torch", "numpy", "sqlalchemy", "alembic", "pydantic", "textual"}

# Run the command in a bare interpreter, then tell what it has loaded.
PROBE = """
import sys
from quizapp.cli import main
sys.argv = ["quizapp", *sys.argv[1:]]
try:
    main()
except SystemExit as done:
    print(*sys.modules, file=sys.stderr)
    raise
"""


def loaded(program: Program, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words],
        capture_output=True,
        text=True,
        env=program.environment(),
        cwd=program.root,
        check=True,
    )
    assert done.stdout
    return set(done.stderr.split())


def test_help_imports_no_command_and_nothing_heavy(program: Program) -> None:
    modules = loaded(program, "--help")
    assert "quizapp.cli.group" in modules
    assert not HEAVY & modules
    assert not {"yaml", "rich", "quizapp.cli.due", "quizapp.cli.verify", "quizapp.store.fast"} & modules


def test_due_imports_nothing_heavy_with_a_cold_home(program: Program) -> None:
    assert not HEAVY & loaded(program, "due")
    assert not program.database.exists()


def test_due_imports_nothing_heavy_with_an_existing_database(program: Program) -> None:
    program.run("grade", "sums/formula", "again", code=0)
    modules = loaded(program, "due")
    assert "sqlite3" in modules
    assert not (HEAVY | {"yaml", "rich"}) & modules  # the deck's cache is warm as well


@pytest.mark.parametrize("words", [("list", "--json"), ("verify", "--list"), ("show", "sums/formula", "--json")])
def test_reading_the_deck_from_its_cache_imports_nothing_heavy(program: Program, words: tuple[str, ...]) -> None:
    program.run("list", code=0)
    assert not HEAVY & loaded(program, *words)
