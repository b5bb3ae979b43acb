"""The documents, and a checkout of its own for what they tell the reader to run."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_EXAMPLE = re.compile(r"`((?:verifiers|questions)/[\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository, and what to run in it with."""

    root: Path
    environment: dict[str, str]


def examples() -> dict[str, str]:
    """The files that authoring.md tells the reader to save, by path."""
    return dict(_EXAMPLE.findall((ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def checkouts(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Checkout]:
    """A copy of the repository for a document; that of authoring.md holds the files it tells the reader to save."""
    plain, with_example = (_copied(tmp_path_factory.mktemp("checkout")) for _ in range(2))
    for name, body in examples().items():
        (with_example.root / name).write_text(body, encoding="utf-8")
    return lambda document: with_example if document == "authoring.md" else plain


def _copied(folder: Path) -> Checkout:
    root = folder / "quizapp"
    for name in ("quizapp", "questions", "verifiers", "db"):
        shutil.copytree(ROOT / name, root / name)
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return Checkout(root, kept | {"PYTHONPATH": str(root), "QUIZAPP_HOME": str(folder / "home"), "LANG": "C.UTF-8"})
