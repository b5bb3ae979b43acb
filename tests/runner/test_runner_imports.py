"""What a worker imports ahead is read from the scripts, never run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.runner import Draw, Observe, Room
from quizapp.runner.imports import LATE, imports_of, uses_ranks
from quizapp.runner.workers import room_for


def write(deck: Path, **scripts: str) -> Path:
    for name, text in scripts.items():
        (deck / f"{name}.py").write_text(text, encoding="utf-8")
    return deck


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import numpy", ("numpy",)),
        ("import numpy.linalg as la, json", ("numpy.linalg",)),
        ("from numpy import array", ("numpy",)),
        ("def check():\n    import numpy", ("numpy",)),
        ("importlib.import_module('numpy.linalg')", ("numpy.linalg",)),
        ("import_module('numpy')", ("numpy",)),
        ("import_module('.numpy', 'torch')\nimport_module(name)\nimport_module(3)\nimport_module()", ()),
        ("import torch.nn.functional as F\nimport torch", ("torch.nn.functional", "torch", *LATE)),
        ("from quizapp.proof import Claim\nimport os, sys, asyncio.subprocess", ()),
        ("from . import other\nfrom .numpy import array", ()),
        ("raise SystemExit('run')", ()),
        ("def broken(", ()),
        ("", ()),
    ],
)
def test_foreign_modules_are_named_and_nothing_is_run(tmp_path: Path, text: str, found: tuple[str, ...]) -> None:
    assert imports_of(write(tmp_path, script=text, same=text)) == found


def test_each_module_is_named_once_for_all_scripts(tmp_path: Path) -> None:
    assert imports_of(write(tmp_path, a="import numpy, yaml", b="import numpy, yaml")) == ("numpy", "yaml")


def test_what_one_script_alone_imports_is_left_to_it_but_torch(tmp_path: Path) -> None:
    deck = write(tmp_path, a="import numpy, yaml", b="import numpy.linalg", c="import torch.nn, torch")
    assert imports_of(deck) == ("numpy", "numpy.linalg", "torch.nn", "torch", *LATE)


def test_a_script_that_changes_is_read_again(tmp_path: Path) -> None:
    import os

    assert imports_of(write(tmp_path, a="import numpy, yaml", b="import numpy")) == ("numpy",)
    write(tmp_path, a="import yaml", b="import yaml")
    for name in ("a.py", "b.py"):
        os.utime(tmp_path / name, ns=(1, 1))
    assert imports_of(tmp_path) == ("yaml",)


def test_a_bench_has_torch_and_a_deck_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert "torch" in imports_of(None)
    assert imports_of(tmp_path / "nowhere") == ()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_harm(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    deck = tmp_path_factory.mktemp("deck")
    (deck / "script.py").write_bytes(data)
    before = set(sys.modules)
    assert isinstance(imports_of(deck), tuple)
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("from quizapp.proof import Claim, run_ranks", True),
        ("from quizapp.proof import Claim", False),
        ("from elsewhere import run_ranks", False),
        ("text = 'run_ranks'", False),
    ],
)
def test_scripts_that_start_ranks_get_a_network_and_no_kept_worker(tmp_path: Path, text: str, ranks: bool) -> None:
    script = write(tmp_path, script=text) / "script.py"
    assert uses_ranks(script) == ranks
    room = room_for(script, [Draw("claim", 0, device="cpu")])
    assert room == Room(deck=tmp_path, ranks=ranks)
    assert room.warm != ranks


def test_a_device_that_is_asked_for_is_in_the_room(tmp_path: Path) -> None:
    script = write(tmp_path, script="") / "script.py"
    assert room_for(script, [Draw("claim", 0, device="cuda:1")]).cuda
    assert not room_for(script, [Draw("claim", 0, device="cpu")]).cuda


def test_a_bench_imports_torch_ahead_only_for_code_that_speaks_of_it() -> None:
    def observe(excerpt: str, source: str) -> Observe:
        return Observe("c", 0, source=source, entry="f", module="m", excerpt=excerpt, observe="o", cases=())

    assert not room_for(None, [observe("def o(f, n): return f(n)", "def f(n): return n")]).torch
    assert room_for(None, [observe("import torch", "def f(n): return n")]).torch
    assert room_for(None, [observe("def o(f, n): return f(n)", "from torch import nn")]).torch
