"""How well runs are isolated here is found out by trying, and said as it is."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp.runner import Broken, Draw, Isolation, Level, Workers, probe, refusal
from quizapp.runner import isolation as isolation_module
from quizapp.runner.isolation import VARIABLE, _pids_limited

Write = Callable[..., Path]
ORDER = [Level.NONE, Level.PARTIAL, Level.FULL]


@pytest.mark.parametrize("asked", ["full", "partial", "none", "", "FULL", "better"])
def test_less_can_be_asked_for_and_never_more(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    best = probe.__wrapped__()
    monkeypatch.setenv(VARIABLE, asked)
    found = probe.__wrapped__()
    assert ORDER.index(found.level) <= ORDER.index(best.level)
    if asked in ("full", "partial"):
        assert ORDER.index(found.level) <= ORDER.index(Level(asked))
    else:
        assert found.level is Level.NONE
    assert bool(found.why.en) == (found.level is not Level.FULL), "what is missing is said"
    assert bool(found.why.zh) == bool(found.why.en)


def test_a_level_says_by_what(isolation: Isolation, level: str) -> None:
    assert isolation.level == level
    assert isolation.by.startswith({"full": "bubblewrap ", "partial": "Landlock ", "none": ""}[level])


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv(VARIABLE, raising=False)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is Linux's")
def test_without_bubblewrap_the_next_layer_is_tried(path: Path) -> None:
    found = probe.__wrapped__()
    assert found.level is not Level.FULL
    assert found.why.en.startswith("bubblewrap is not installed")


@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is Linux's")
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "No permissions to create new namespace"),
        ("exit 7", "exit code 7"),
    ],
)
def test_a_bubblewrap_that_does_not_work_is_not_counted_on(path: Path, script: str, why: str) -> None:
    program = path / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    found = probe.__wrapped__()
    assert found.level is not Level.FULL
    assert found.why.en.startswith(f"bubblewrap does not work here: {'bwrap: ' if 'echo' in script else ''}{why}")


def test_without_landlock_there_is_none_and_both_reasons(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation_module, "_kernel", lambda: (True, 0))
    found = probe.__wrapped__()
    assert (found.level, found.by) == (Level.NONE, "")
    assert found.why.en.endswith("this kernel offers no Landlock")
    assert found.why.en.startswith("bubblewrap is not installed") or sys.platform != "linux"


@pytest.mark.parametrize(("abi", "scope"), [(1, False), (5, False), (6, True), (9, True)])
def test_what_a_landlock_can_do_depends_on_its_version(
    path: Path, monkeypatch: pytest.MonkeyPatch, abi: int, scope: bool
) -> None:
    monkeypatch.setattr(isolation_module, "_kernel", lambda: (False, abi))
    found = probe.__wrapped__()
    assert (found.level, found.by, found.scope, found.seccomp) == (Level.PARTIAL, f"Landlock {abi}", scope, False)


def test_a_wall_that_cannot_be_raised_is_no_run(
    workers: Workers, level: str, verifier: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = verifier()
    if level == Level.NONE:
        pytest.skip("there is none to raise")
    if level == Level.FULL:
        monkeypatch.setattr(shutil, "which", lambda _name: "/bin/false")
    else:
        monkeypatch.setattr("quizapp.runner.room.Room.around", lambda _self: ["/proc/self/mem/nothing\0"])
    (broken,) = workers.run(script, [Draw("double", 0)])
    assert isinstance(broken, Broken)
    assert "the process for the run" in broken.why


# root, and what limits the number of processes


@pytest.fixture
def groups(tmp_path: Path) -> Callable[..., bool]:
    """Whether a limit is found, given lines of /proc/self/cgroup and the files of pids.max."""

    def limited(lines: str, **files: str) -> bool:
        (tmp_path / "cgroup").write_text(lines, encoding="utf-8")
        for name, text in files.items():
            file = tmp_path / "groups" / name.replace("__", "/") / "pids.max"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="ascii")
        return _pids_limited(tmp_path / "cgroup", tmp_path / "groups")

    return limited


@pytest.mark.parametrize(
    ("lines", "files", "limited"),
    [
        ("0::/a/b\n", {"a__b": "100\n"}, True),
        ("0::/a/b\n", {"a__b": "max\n"}, False),
        ("0::/a/b\n", {"a__b": "max\n", "a": "5000\n"}, True),
        ("0::/a/b\n", {"c": "100\n"}, False),
        ("0::/\n", {".": "512\n"}, True),
        ("0::/\n", {}, False),
        ("8:pids:/x\n7:cpu:/x\n0::/\n", {"pids__x": "64\n"}, True),
        ("8:pids:/x\n7:cpu:/x\n0::/\n", {"cpu__x": "64\n"}, False),
        ("8:cpu,pids:/x\n", {"cpu,pids__x": "64\n"}, True),
        ("8:pids:/\n", {"pids": "\n"}, False),
        ("", {}, False),
    ],
)
def test_a_pids_limit_counts_wherever_it_is_set(
    groups: Callable[..., bool], lines: str, files: dict[str, str], limited: bool
) -> None:
    assert groups(lines, **files) == limited


def test_a_system_without_groups_has_no_limit(tmp_path: Path) -> None:
    assert not _pids_limited(tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize(("user", "limited", "refused"), [(0, False, True), (0, True, False), (1000, False, False)])
def test_only_root_without_a_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch, user: int, limited: bool, refused: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(isolation_module, "_pids_limited", lambda: limited)
    said = refusal()
    assert (said is not None) == refused
    if said is not None:
        assert "ordinary user" in said.en
        assert "普通用户" in said.zh
