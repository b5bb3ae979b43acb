"""What a deck's verifiers import, read without running a line of them."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from quizapp.syntax import parse

LATE = ("torch._dynamo",)
"""Imported by torch itself at its first backward pass or wrapped function: most of a second, once."""


def imports_of(deck: Path | None) -> tuple[str, ...]:
    """The modules to import before the first run: of what the scripts of ``deck`` import beyond the standard library,
    torch, and whatever two scripts share: a package that one script alone wants would cost every start as much as it
    saves that one.

    A bench, which holds no deck, gets what learners use: torch.
    """
    scripts = sorted(deck.glob("*.py")) if deck else []
    named = [[name for name in _imports(script, _changed(script)) if _foreign(name)] for script in scripts]
    users = Counter(package for names in named for package in {_package(name) for name in names})
    shared = {package for package, count in users.items() if count > 1 or package == "torch"}
    found = list(dict.fromkeys(name for names in named for name in names if _package(name) in shared))
    if not deck:
        found = ["torch", "torch.utils._python_dispatch"]
    return (*found, *LATE) if "torch" in found else tuple(found)


def uses_ranks(script: Path) -> bool:
    """Whether the script starts processes that talk to each other."""
    return "quizapp.proof.run_ranks" in _imports(script, _changed(script))


def _changed(script: Path) -> int:
    try:
        return script.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _imports(script: Path, _when: int) -> tuple[str, ...]:
    try:
        tree = parse(script.read_bytes())
    except (
        OSError,
        SyntaxError,
        ValueError,
        RecursionError,
        MemoryError,
    ):  # lint and the run itself say what is wrong with it
        return ()
    return tuple(name for node in ast.walk(tree) for name in _named(node))


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "quizapp.proof")
    elif isinstance(node, ast.Call) and _last_name(node.func) == "import_module":
        yield from (each.value for each in node.args[:1] if isinstance(each, ast.Constant) and type(each.value) is str)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _foreign(name: str) -> bool:
    return not name.startswith(".") and _package(name) not in {*sys.stdlib_module_names, "quizapp"}


def _package(name: str) -> str:
    return name.partition(".")[0]
