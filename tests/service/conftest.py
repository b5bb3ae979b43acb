"""A small deck whose proofs take a moment, and a clock that is set by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from quizapp.service.clock import Clock
from quizapp.service.library import Library

DECK = Path(__file__).parents[1] / "cli" / "data" / "house"
HOUR = 3_600_000  # ms


@dataclass
class Hands:
    """The hands of a clock in UTC."""

    at: int = 20_000 * 24 * HOUR + 12 * HOUR

    def turn(self, *, days: float = 0) -> None:
        self.at += round(days * 24 * HOUR)

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def deck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the deck, to be edited."""
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(DECK, tmp_path / "deck"))


@pytest.fixture
def library(deck: Path) -> Library:
    return Library(deck / "questions", deck / "verifiers")


@pytest.fixture
def reopen(deck: Path) -> Callable[[], Library]:
    """The library of the deck as it is by then."""
    return lambda: Library(deck / "questions", deck / "verifiers")


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> Clock:
    return Clock("UTC", hands)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "quizapp.db"
