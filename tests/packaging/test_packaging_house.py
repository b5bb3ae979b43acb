"""What the repository holds, and what it pins."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]

TOP = {
    *(".ci", ".gitignore", "Makefile", "README.md", "constraints.txt", "pyproject.toml"),
    *("benchmarks", "db", "docs", "questions", "quizapp", "tests", "verifiers"),
}

# Put together from pieces, so that this file does not hold what it looks for.
MACHINE = re.compile(rf"(?<![\w.\-}}\]\)]){'/'}(?:{'|'.join(['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me', 'Us' + 'ers'])})/")
REGISTRY = re.compile("|".join(["py" + "pi", "python" + "hosted", "conda" + r"\.anaconda", "download" + r"\.pytorch"]))


def tracked(*others: str) -> list[Path]:
    """The files that git knows; with ``--others``, also those it would know if they were added."""
    command = ["git", "ls-files", "-z", "--cached", *others]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def project() -> dict[str, list[str]]:
    """The requirements of the project, by the name of their extra."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {"": found["project"]["dependencies"], **found["project"]["optional-dependencies"]}


def lines() -> list[str]:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def pins() -> dict[str, Version]:
    return {
        canonicalize_name(name): Version(version) for name, _, version in (line.partition("==") for line in lines())
    }


def test_the_top_level_holds_only_what_the_design_names() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP
    assert [name for name in sorted(TOP) if not (ROOT / name).exists()] == []


def test_constraints_are_bare_pins() -> None:
    pinned = re.compile(r"[A-Za-z0-9][\w.-]*==\d[\w.]*(?: ;.*)?")
    assert [line for line in lines() if not pinned.fullmatch(line)] == []  # so no address, option or local version
    assert len(pins()) == len(lines())
    assert "torch==2.13.0" in lines()


@pytest.mark.parametrize("extra", project())
def test_constraints_pin_whatever_the_project_asks_for(extra: str) -> None:
    for text in project()[extra]:
        asked = Requirement(text)
        if asked.marker is None:
            pin = pins().get(canonicalize_name(asked.name))
            assert pin is not None, f"{asked.name} is not pinned"
            assert pin in asked.specifier, f"{asked.name} {pin} is not {asked.specifier}"


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked("--others", "--exclude-standard"):
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            if MACHINE.search(line) or REGISTRY.search(line.lower()):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_the_search_finds_what_it_should() -> None:
    for line in ('open("/wo' + 'rk/x")', "cd /ho" + "me/me", "PATH=/ro" + "ot/x"):
        assert MACHINE.search(line), line
    for line in ("in network/wo" + "rk/x", 'f"{tmp}/ho' + 'me/x"', "tests/ho" + "me/x"):
        assert not MACHINE.search(line), line
    assert REGISTRY.search("https://py" + "pi.org/simple")


def test_no_tracked_file_is_what_git_should_ignore() -> None:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""


def test_no_program_file_is_longer_than_400_lines() -> None:
    sources = [path for path in tracked() if path.suffix == ".py" and path.parts[len(ROOT.parts)] == "quizapp"]
    assert [path.name for path in sources if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
