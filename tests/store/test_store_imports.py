"""The first paint waits neither for the ORM nor for the migrations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_SLOW = {"sqlalchemy", "alembic", "pydantic", "yaml", "textual", "torch", "numpy"}


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after ``code``."""
    script = f"{code}\nimport sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )


def test_a_glance_loads_nothing_slow(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from quizapp.store.fast import glance\nfrom quizapp.store.place import database_path\n"
        f"database_path(); glance(Path({str(tmp_path / 'a.db')!r}), 0)"
    )
    assert loaded(code) & _SLOW == set()


@pytest.mark.parametrize("times", [1, 2])
def test_a_new_or_a_present_database_opens_without_alembic(tmp_path: Path, times: int) -> None:
    code = (
        "from pathlib import Path\nfrom quizapp.store.database import Store\n"
        f"for _ in range({times}): Store.open(Path({str(tmp_path / 'a.db')!r}), lambda card, events: None)"
    )
    assert loaded(code) & {"sqlalchemy", "alembic"} == {"sqlalchemy"}
