"""A small house for the commands to live in: our package beside a deck whose proofs take a moment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

import quizapp

PACKAGE = Path(quizapp.__file__).parent
HOUSE = Path(__file__).parent / "data" / "house"


@dataclass(frozen=True)
class Program:
    """``python -m quizapp`` from one checkout, with one home."""

    root: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        """A clean environment; ``HOME`` lies apart from ``QUIZAPP_HOME`` so that a stray file shows."""
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
        ours = {"QUIZAPP_HOME": str(self.home), "PYTHONPATH": str(self.root), "LANG": "C.UTF-8", "TZ": "UTC"}
        return kept | ours | more

    def run(self, *words: str, stdin: str | bytes = "", code: int | None = None, **more: str) -> Ran:
        """Run to the end; with ``code``, demand that exit code."""
        typed = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "quizapp", *words],
            input=typed,
            capture_output=True,
            env=self.environment(**more),
            cwd=self.root,
            timeout=120,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert code in (None, ran.code), ran
        return ran

    def start(
        self,
        *words: str,
        stdout: int | IO[Any] = subprocess.PIPE,
        stderr: int | IO[Any] = subprocess.PIPE,
        **more: str,
    ) -> subprocess.Popen[str]:
        """Start and return at once."""
        return subprocess.Popen(
            [sys.executable, "-m", "quizapp", *words],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=self.environment(**more),
            cwd=self.root,
            text=True,
        )

    @property
    def database(self) -> Path:
        return self.home / "quizapp.db"

    def reviews(self) -> list[dict[str, Any]]:
        """What ``export reviews`` tells."""
        return [json.loads(line) for line in self.run("export", "reviews", code=0).out.splitlines()]


@dataclass(frozen=True)
class Ran:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def refused(self) -> str:
        """The one line on stderr of a command that was refused: exit code 2, nothing on stdout, no traceback."""
        assert self.code == 2, self
        assert self.out == "", self
        *usage, line = self.err.splitlines()
        assert not any("Traceback" in said for said in usage), self
        assert all(said == "" or said.startswith(("Usage:", "Try")) for said in usage), self
        return line


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of our own: the package copied, since content is found beside it."""
    root = tmp_path_factory.mktemp("house")
    shutil.copytree(PACKAGE, root / "quizapp", ignore=shutil.ignore_patterns("_content"))
    shutil.copytree(PACKAGE.parent / "db", root / "db")
    shutil.copytree(HOUSE, root, dirs_exist_ok=True)
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "quizapp home"


@pytest.fixture
def program(root: Path, home: Path) -> Program:
    """The program with the small deck."""
    return Program(root, home)


@pytest.fixture
def shipped(home: Path) -> Program:
    """The program with the deck that is shipped."""
    return Program(PACKAGE.parent, home)


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    """A copy of the small deck, to be spoilt."""
    return Path(shutil.copytree(HOUSE, tmp_path / "deck"))


@pytest.fixture(autouse=True)
def _own_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs in this very process must not touch the learner's home either."""
    monkeypatch.setenv("QUIZAPP_HOME", str(home))
