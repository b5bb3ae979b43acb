"""Whatever a document tells the reader to run, runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.docs.conftest import Checkout

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)

INSTALL = [
    "make study",
    "make test",
    "python3 -m venv .venv",
    ".venv/bin/python -m pip install --constraint constraints.txt --editable .",
    ".venv/bin/quizapp study",
]
"""What README opens with. It makes an environment or needs a terminal, so it is held to the Makefile instead."""


def lines(document: Path) -> list[str]:
    blocks = SHELL.findall(document.read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def told() -> list[tuple[str, str]]:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [(path.name, line) for path in documents for line in lines(path) if line not in INSTALL]


def run(line: str, checkout: Checkout) -> subprocess.CompletedProcess[str]:
    command = line.replace(".venv/bin/", f"{shlex.quote(str(BIN))}/")
    return subprocess.run(
        command,
        shell=True,
        cwd=checkout.root,
        env=checkout.environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.parametrize(("document", "line"), told(), ids=[line for _, line in told()])
def test_a_line_that_a_document_tells_to_run_succeeds(
    document: str, line: str, checkouts: Callable[[str], Checkout]
) -> None:
    done = run(line, checkouts(document))
    assert done.returncode == 0, f"{document}: {line}\n{done.stdout}\n{done.stderr}"


def test_only_the_environment_is_out_of_reach_of_this_test() -> None:
    assert [line for line in lines(ROOT / "README.md") if line in INSTALL] == INSTALL
    assert len(told()) >= 12
    assert all(line.startswith(".venv/bin/") for _, line in told())


def test_readme_opens_with_the_two_commands() -> None:
    assert lines(ROOT / "README.md")[:2] == ["make study", "make test"]


def test_the_makefile_does_what_readme_says_by_hand() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-m venv $(VENV)" in makefile
    assert "install --quiet --constraint constraints.txt --editable ." in makefile
    assert re.search(r"^study: .*\n\t@?\$\(BIN\)/quizapp study$", makefile, re.MULTILINE)
    assert re.search(r"^test: .*\n\t@?\$\(BIN\)/pytest ", makefile, re.MULTILINE)


@pytest.mark.skipif(sys.platform == "win32", reason="needs make")
@pytest.mark.parametrize("target", ["study", "test", "check", "style", "test-slow", "bench", "schema", "help", "clean"])
def test_each_target_of_the_makefile_says_what_it_would_do(target: str) -> None:
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_ci_runs_what_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == "make check"
    assert "`make check` runs everything that CI runs" in (ROOT / "README.md").read_text(encoding="utf-8")
