"""No key waits: not for a worker that starts, not for a verifier that tells more than anybody can look at."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from quizapp.runner import Level
from quizapp.service import warming
from quizapp.service.clock import Clock
from quizapp.service.library import Library
from quizapp.service.study import Study

FLOOD = '''
"""Tells without end."""

import json
import os

from quizapp.proof import Case, Claim, equal

flood = Claim("flood", en="It ends", zh="它会结束")


@flood.cases
def cases(rng):
    yield Case("one", n=1)


@flood.check
def tells(subject, case):
    wrong = {"kind": "measure", "say": {"en": "error", "zh": "误差"}, "value": 0.5, "relation": "<=", "bound": 1.0}
    outcome = {"case": "one", "accepted": True, "counts": True, "items": [wrong] * 3}
    told = {"event": "outcome", "job": 0, "subject": "f", "role": "answer", "outcome": outcome}
    lines = (json.dumps(told) + "\\n").encode() * 50
    large = (json.dumps({"event": "no", "nested": [[]] * 24_000}) + "\\n").encode()
    while True:
        for _ in range(40):
            data = lines
            while data:
                data = data[os.write(4, data):]
        data = large
        while data:
            data = data[os.write(4, data):]


@flood.answer
def f(n):
    return n


@flood.misconception(en="never", zh="从不")
def g(n):
    return n
'''
TOPIC = """title: {en: Floods, zh: 洪水}
verifiers: [flood]
cards:
  - id: floods/one
    kind: recall
    claim: flood.flood
    difficulty: 2
    prompt: {en: Does it end?, zh: 会结束吗？}
    points: [{en: it does, zh: 会}, {en: in time, zh: 及时}]
    explanation: {en: Everything does., zh: 一切都会。}
    sources: [Heraclitus]
"""


SLOWER = 8
"""Times an idle key that a key may take, in the median: as measured up to 2; what has to wait takes hundreds."""


@pytest.fixture
def flood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A sitting over one card whose verifier floods the channel with records, small ones and large ones."""
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path / "home"))
    for name, body in (("questions/01-floods.yaml", TOPIC), ("verifiers/flood.py", FLOOD)):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(body, encoding="utf-8")
    return Study(Library(tmp_path / "questions", tmp_path / "verifiers"), tmp_path / "x.db", clock=Clock("UTC"))


async def pressed(at: Any) -> float:
    """Seconds from a key to the picture that it makes."""
    before, began = at.life.ticks, time.perf_counter()
    at.app.post_message(Key("x", "x"))
    while at.life.ticks == before:
        await asyncio.sleep(0.001)
    drawn = asyncio.Event()
    at.screen.call_after_refresh(drawn.set)
    await drawn.wait()
    return time.perf_counter() - began


async def presses(at: Any, while_: Callable[[], object], most: int = 40) -> list[float]:
    """How long keys take, one after the other, at most as long as something holds."""
    found: list[float] = []
    while len(found) < most and while_():
        found.append(await pressed(at))
        await asyncio.sleep(0.02)
    return found


async def test_no_key_waits_for_a_worker_that_starts(flood: Study, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    warm = warming.warm
    monkeypatch.setattr(warming, "warm", lambda *_, **__: None)
    async with desk(flood) as at:
        await at.press("space")
        idle = await presses(at, lambda: True)
        monkeypatch.setattr(warming, "warm", warm)
        at.screen.run_worker(partial(warming.warm, flood.library, bench=True), thread=True)
        busy = await presses(at, lambda: True)
        started = [worker for worker, _ in flood.library.workers._idle]
        assert statistics.median(busy) < SLOWER * statistics.median(idle), (busy, idle)
    kept = flood.library.workers.isolation.level is not Level.NONE
    assert len(started) == (2 if kept else 0)
    assert not any(worker.alive for worker in started), "they end with the screen, whatever they were importing"


async def test_no_key_waits_for_a_verifier_that_floods(flood: Study, desk: Any) -> None:
    async with desk(flood) as at:
        await at.press("space")
        idle = await presses(at, lambda: True)
        await at.press("r")
        await at.sees("so far")
        busy = await presses(at, lambda: at.screen._prover.lane.busy)
        assert len(busy) >= 20, "it floods for as long as it is measured"
        assert statistics.median(busy) < SLOWER * statistics.median(idle), (busy, idle)
        await at.press("escape")
        await at.sees("STOPPED")
