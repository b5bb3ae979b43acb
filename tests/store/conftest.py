from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from quizapp.store.database import Fold, Store

WRITER = Path(__file__).with_name("writer.py")


@pytest.fixture(scope="session")
def writer() -> Path:
    return WRITER


@pytest.fixture(scope="session")
def fold() -> Fold:
    found: Fold = runpy.run_path(str(WRITER))["fold"]
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "quizapp.db"


@pytest.fixture
def store(path: Path, fold: Fold) -> Store:
    return Store.open(path, fold)
