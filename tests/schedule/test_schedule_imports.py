"""The room is cheap to enter: counting what is due loads no engine."""

from __future__ import annotations

import subprocess
import sys

SLOW = {"zoneinfo", "hashlib", "fsrs_rs_python", "sqlalchemy", "pydantic", "torch", "textual", "yaml", "numpy"}


def test_importing_the_room_loads_nothing_slow() -> None:
    code = "import sys, quizapp.schedule; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "quizapp.schedule" in loaded
    assert not SLOW & set(loaded)
