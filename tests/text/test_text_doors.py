"""Each face has one door, and nothing in a face reads markup.

Ruff refuses ``click.echo`` and Textual's ``Static`` elsewhere (pyproject.toml); what it cannot see is held here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import quizapp

PACKAGE = Path(quizapp.__file__).parent
FACES = sorted(path for room in ("cli", "tui", "text") for path in (PACKAGE / room).rglob("*.py"))
DOORS = {PACKAGE / name for name in ("cli/out.py", "cli/progress.py", "cli/terminal.py", "tui/guard.py")}
"""Where text goes out; ``terminal`` asks the terminal about itself, with words of its own only."""
WAYS_OUT = {"Console", "get_console", "print", "sys.stdout.write", "sys.stderr.write", "sys.stdout.writelines"}
WIDGETS = {"Input", "Static", "TextArea"}
"""The widgets of Textual that the screens use. Looked at: none reads markup as it is used here."""
MARKUP = {
    "from_markup", "from_ansi", "render_str", "render_markup", "notify", "tooltip", "with_tooltip",
    "border_title", "border_subtitle", "sub_title", "bell", "copy_to_clipboard", "open_url",
}  # fmt: skip


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


@pytest.mark.parametrize("path", FACES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_face_reads_no_markup_and_opens_no_door_of_its_own(path: Path) -> None:
    for node in nodes(path):
        named = node.attr if isinstance(node, ast.Attribute) else ""
        assert named not in MARKUP, f"{path}:{node.lineno}"  # type: ignore[attr-defined]  # an attribute has a line
        assert path in DOORS or called(node) not in WAYS_OUT, path
        if isinstance(node, ast.ImportFrom) and node.module == "textual.widgets":
            assert {alias.name for alias in node.names} <= WIDGETS, path
        if isinstance(node, ast.keyword) and node.arg == "markup":
            assert isinstance(node.value, ast.Constant), path
            assert node.value.value is False, path


def test_escape_sequences_are_written_in_one_place() -> None:
    """Outside Rich and Textual: no other module of ours holds one, but for those that take them out."""
    holding = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\x1b[" in node.value
    }
    assert holding == {"sanitise.py"}
