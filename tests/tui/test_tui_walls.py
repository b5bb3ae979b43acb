"""The isolation is named where a proof is shown, and nothing waits for it to be found out."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from quizapp.model.words import Lang
from quizapp.proof.say import Say
from quizapp.runner import Isolation, Level, Workers, probe
from quizapp.tui.screens.help import HelpScreen

FULL = Isolation(Level.FULL, "bubblewrap 0.8.0", Say("", ""), seccomp=True)
PARTIAL = Isolation(Level.PARTIAL, "Landlock 7 + seccomp", Say("no bubblewrap", "没有 bubblewrap"), seccomp=True)
NONE = Isolation(Level.NONE, "", Say("as asked", "按要求"))
SAID = [
    (FULL, "isolation: full · bubblewrap", "隔离：完整 · bubblewrap"),
    (PARTIAL, "isolation: partial · Landlock", "隔离：部分 · Landlock"),
    (NONE, "isolation: none", "隔离：无"),
]


def within(sitting: Any, workers: Workers) -> Any:
    """The sitting, with these workers in place of those that find out by themselves."""
    sitting.library.__dict__["workers"] = workers
    return sitting


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (160, 50)])
@pytest.mark.parametrize("said", SAID, ids=[found.level for found, _, _ in SAID])
async def test_a_proof_names_its_isolation_in_either_language(
    study: Any, desk: Any, runs: Any, said: tuple[Isolation, str, str], size: tuple[int, int]
) -> None:
    found, en, zh = said
    async with desk(within(study("recall"), Workers(found)), size=size) as at:
        await at.press("r")
        await at.sees("PROVED")
        await at.sees(en)
        line = next(line for line in at.lines if en in line)
        assert line.rstrip(" │┃█▁▂▃▄▅▆▇").endswith(en), "in one short phrase"
        await at.press("L")
        await at.sees(zh)


async def test_what_is_named_is_what_the_probe_found(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall")) as at:
        await at.press("r")
        await at.sees(f"isolation: {probe().level}")


class Slow(Workers):
    """Takes its time to find out."""

    def __init__(self) -> None:
        super().__init__(FULL)
        self.asked, self.known = threading.Event(), threading.Event()

    @property
    def isolation(self) -> Isolation:
        self.asked.set()
        self.known.wait()
        return FULL


async def test_neither_the_first_picture_nor_a_key_waits_for_the_probe(study: Any, desk: Any, runs: Any) -> None:
    slow = Slow()
    async with desk(within(study("recall"), slow)) as at:
        assert "What do weight and bias become?" in at.text
        await at.until(slow.asked.is_set)
        await at.press("r", "x")
        await at.sees("PROVED")
        assert at.life.ticks == {0}
        assert "isolation" not in at.text
        before = at.lines.index(next(line for line in at.lines if "accepted" in line))
        slow.known.set()
        await at.sees("isolation: full")
        after = at.lines.index(next(line for line in at.lines if "accepted" in line))
        assert before == after, "nothing jumps"


async def test_help_says_where_to_learn_more_of_it(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall"), size=(100, 70)) as at:
        await at.press("question_mark")
        assert isinstance(at.app.screen, HelpScreen)
        assert "quizapp doctor" in at.text
        await at.press("L")
        assert "隔离" in at.text


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
@pytest.mark.parametrize("level", ["full", "partial"])
async def test_quitting_ends_a_worker_in_the_middle_of_its_imports(
    study: Any, desk: Any, monkeypatch: pytest.MonkeyPatch, level: str, key: str
) -> None:
    monkeypatch.setenv("QUIZAPP_ISOLATION", level)
    found = probe.__wrapped__()
    if found.level != level:
        pytest.skip(found.why.en)
    sitting = within(study("recall", "code"), Workers(found))
    async with desk(sitting, lang=Lang.ZH) as at:
        await at.until(lambda: sitting.library.workers._idle)
        ((worker, _),) = sitting.library.workers._idle
        assert worker.alive
        assert not worker._ready, "nobody has waited for it"
        await at.press(key)
        assert at.app._exit
        assert not worker.alive
