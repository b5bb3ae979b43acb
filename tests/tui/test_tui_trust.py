"""Studying a deck of others: before it is trusted its cards are shown and graded, and nothing of it runs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from quizapp.model.grade import Grade
from quizapp.model.words import Lang
from quizapp.proof.say import Say
from quizapp.runner import isolation
from quizapp.service import trust
from quizapp.service.errors import NotRunError
from quizapp.service.library import Library
from quizapp.service.proving import Judged, Word
from quizapp.service.study import Study
from quizapp.store.fast import glance
from quizapp.tui.runs import Begun

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="verifiers run on POSIX only")

SENTENCE = "this deck is not trusted: nothing of it runs"


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that may run decks of others, without walls: a run that could leave no mark would prove nothing."""
    monkeypatch.setattr(trust, "refusal", lambda: None)
    monkeypatch.setenv(isolation.VARIABLE, "none")
    isolation.probe.cache_clear()
    yield
    isolation.probe.cache_clear()


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it ran"


@pytest.fixture
def foreign(study: Callable[..., Study], tmp_path: Path, marker: Path) -> Callable[..., Study]:
    """A sitting over the deck as somebody else's, whose verifier leaves a mark as soon as it is loaded."""

    def make(kind: str) -> Study:
        sitting = study(kind)
        script = tmp_path / "verifiers" / "conv_bn_fusion.py"
        with script.open("a", encoding="utf-8") as file:
            file.write(f"\nopen({str(marker)!r}, 'w').close()\n")
        sitting.library = Library.of(tmp_path)
        return sitting

    return make


def flat(at: Any) -> str:
    """What is on the screen, as if no line had been broken."""
    return " ".join(at.text.split())


async def sees(at: Any, text: str) -> None:
    await at.until(lambda: text in flat(at))


async def grades(at: Any, sitting: Study, card: str) -> None:
    await at.press("3")
    await at.until(lambda: list(glance(sitting.database, sitting.clock.today()).today.graded) == [(card, Grade.GOOD)])


async def test_a_proof_is_refused_in_words_of_either_language(foreign: Any, desk: Any, marker: Path) -> None:
    sitting = foreign("recall")
    async with desk(sitting, size=(300, 50)) as at:
        await at.press("r")
        await sees(at, SENTENCE)
        assert "NOT RUN" in at.text
        assert "quizapp trust" in at.text
        await at.press("L")
        assert at.app.lang is Lang.ZH
        await sees(at, "这个牌组未获信任：其中的代码一概不运行")
        await grades(at, sitting, "folding/formula")
    assert not marker.exists()


@pytest.mark.parametrize("pick", ["a", "b"])
async def test_a_pick_runs_neither_the_answer_nor_a_belief(foreign: Any, desk: Any, marker: Path, pick: str) -> None:
    sitting = foreign("choice")
    async with desk(sitting, size=(300, 50)) as at:
        await at.press(pick, "enter")
        await sees(at, SENTENCE)
        assert at.life.right is (pick == "a")
    assert not marker.exists()


async def test_a_question_is_not_drawn_and_the_card_is_graded_like_others(
    foreign: Any, desk: Any, marker: Path
) -> None:
    sitting = foreign("number")
    async with desk(sitting, size=(300, 50)) as at:
        await sees(at, SENTENCE)
        await at.press("space")
        assert at.life.revealed
        assert at.life.right is None
        await sees(at, "One formula.")
        await grades(at, sitting, "folding/bias")
    assert not marker.exists()


async def test_code_is_not_judged_and_nothing_is_held_against_it(foreign: Any, desk: Any, marker: Path) -> None:
    sitting = foreign("code")
    async with desk(sitting, size=(300, 50)) as at:
        await at.press("i", "ctrl+s")
        await sees(at, SENTENCE)
        assert at.life.right is None
        await at.press("escape", "space")
        assert at.life.suggestion is Grade.GOOD
    assert not marker.exists()


async def test_trust_given_while_the_screen_is_open_counts_from_the_next_run(
    foreign: Any, desk: Any, tmp_path: Path, marker: Path
) -> None:
    sitting = foreign("recall")
    async with desk(sitting, size=(300, 60)) as at:
        await at.press("r")
        await sees(at, SENTENCE)
        with trust.candidate(tmp_path) as found:
            found.accept()
        await at.press("r")
        await at.sees("PROVED")
        assert marker.exists(), "if it leaves no mark when it runs, no mark says nothing"
        (tmp_path / "verifiers" / "more.py").touch()
        marker.unlink()
        await at.press("r")
        await sees(at, "this deck has changed since it was trusted")
    assert not marker.exists()


# a run that has yet to begin


class Endless:
    """A run that ends when it is cancelled."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()

    def __iter__(self) -> Iterator[str]:
        self.cancelled.wait()
        yield "cancelled"


def test_a_run_is_cancelled_before_it_has_begun_and_after() -> None:
    before: Any = Endless()
    begun = Begun(lambda: before)
    begun.cancel()
    assert list(begun) == ["cancelled"]
    after: Any = Endless()
    begun = Begun(lambda: after)
    threading.Timer(0.05, begun.cancel).start()
    assert list(begun) == ["cancelled"]


async def test_what_begins_a_run_is_no_work_for_the_screen(
    study: Any, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is told as it is said, any other exception by its name."""
    threads: list[threading.Thread] = []

    def refuses(error: Exception) -> Callable[..., object]:
        def prove(*_: object) -> object:
            threads.append(threading.current_thread())
            raise error

        return prove

    from quizapp.service import proving

    async with desk(study("recall"), size=(300, 50)) as at:
        for error, word, shown in (
            (NotRunError(Say("not here {x}", "不行 {x}")), Word.REFUSED, "not here {x}"),
            (OSError("disk full"), Word.BROKEN, "OSError: disk full"),
        ):
            monkeypatch.setattr(proving, "prove", refuses(error))
            await at.press("r")
            await at.until(lambda word=word: getattr(at.screen._prover.watch.end, "word", None) is word)
            end = at.screen._prover.watch.end
            assert isinstance(end, Judged)
            assert shown in (end.detail, end.says.en if end.says else "")
    assert threading.main_thread() not in threads
