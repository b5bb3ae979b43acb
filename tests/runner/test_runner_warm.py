"""Workers under way before a run asks for them, and records that would hold up whoever reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp.runner import Answer, Done, Message, Room, Stop, Stopped, Workers
from quizapp.runner.stream import PARTS

Write = Callable[..., Path]
kept = pytest.mark.parametrize("level", ["full", "partial"], indirect=True)


@kept
def test_neither_starting_ahead_nor_closing_waits_for_an_import(workers: Workers) -> None:
    bench = Room()  # it imports torch
    began = time.perf_counter()
    workers.warm(bench)
    asked = time.perf_counter() - began
    ((worker, _),) = workers._idle
    worker.ready()
    imported = time.perf_counter() - began
    workers.close()

    other = Workers(workers.isolation)
    other.warm(bench)
    ((worker, _),) = other._idle
    time.sleep(imported / 4)  # well inside the import
    began = time.perf_counter()
    other.close()
    closed = time.perf_counter() - began
    assert not worker.alive
    assert asked < imported / 2, (asked, imported)
    assert closed < imported / 2, (closed, imported)


@kept
def test_a_worker_that_cannot_start_is_told_of_by_the_run_that_wants_one(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no process to be had")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", refuse)
        workers.warm(Room(deck=tmp_path))
    assert workers._idle == []


LARGE = "import json; os.write(4, (json.dumps({{'event': 'no', 'values': [[]] * {size}}}) + chr(10)).encode())"


@pytest.mark.parametrize("level", ["none"], indirect=True)
@pytest.mark.parametrize("share", [0.3, 3])
def test_a_record_of_too_many_values_ends_the_run_unread(workers: Workers, verifier: Write, share: float) -> None:
    script = verifier(body=LARGE.format(size=int(share * PARTS)))
    last = _last(workers, script)
    if share < 1:
        assert isinstance(last, Done)
    else:
        assert isinstance(last, Stopped)
        assert last.stop is Stop.FLOODED
        assert last.detail == "told more than 50,000 values at once"


def _last(workers: Workers, script: Path) -> Message:
    *_, last = workers.run(script, [Answer("double", 0)])
    return last
