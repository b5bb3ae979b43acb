"""What ends a card or a sitting: a grade elsewhere, a store that refuses, the summary, help, quitting."""

from __future__ import annotations

from typing import Any

import pytest

from quizapp.model.grade import Grade
from quizapp.model.words import Lang
from quizapp.service.study import Study
from quizapp.store.fast import glance
from quizapp.tui.screens.help import HelpScreen
from quizapp.tui.screens.summary import SummaryScreen
from quizapp.tui.state import Phase


def graded(study: Study) -> list[tuple[str, Grade]]:
    return list(glance(study.database, study.clock.today()).today.graded)


async def test_a_card_graded_elsewhere_is_loaded_again(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall", "choice")
    async with desk(sitting) as at:
        await at.press("space")
        sitting.store.record_review("folding/formula", Grade.EASY, sitting.clock.moment())
        await at.press("1")
        await at.sees("graded elsewhere")
        assert at.card == "folding/divisor"
        assert graded(sitting) == [("folding/formula", Grade.EASY)]


async def test_a_store_that_refuses_loses_nothing(
    study: Any, desk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quizapp.store.door import StoreError

    sitting = study("recall", "choice")

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    async with desk(sitting) as at:
        await at.press("space", "x")
        with monkeypatch.context() as patch:
            patch.setattr(sitting, "grade", refuse)
            await at.press("3")
            await at.sees("the disk is full")
        assert at.card == "folding/formula"
        assert at.life.ticks == {0}
        await at.press("3")
        await at.until(lambda: at.card == "folding/divisor")
        assert graded(sitting) == [("folding/formula", Grade.GOOD)]


async def test_the_end_sums_up_and_offers_what_is_left(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall", "choice", "code")
    sitting.limits = type(sitting.limits)(1, 200)
    async with desk(sitting) as at:
        await at.press("space", "3")
        await at.until(lambda: isinstance(at.app.screen, SummaryScreen))
        assert "Done for today" in at.text
        assert "2 not seen yet" in at.text
        await at.press("r")
        await at.sees("nothing has come due yet")
        await at.press("L")
        assert "今天的学习完成了" in at.text
        await at.press("L", "m")
        await at.until(lambda: at.app.screen is at.screen)
        assert at.card == "folding/divisor"


async def test_the_last_grade_can_be_undone_from_the_summary(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall")) as at:
        await at.press("space", "3")
        await at.until(lambda: isinstance(at.app.screen, SummaryScreen))
        await at.press("u")
        await at.until(lambda: at.app.screen is at.screen)
        assert at.card == "folding/formula"
        assert at.life.revealed


async def test_an_empty_day_says_so(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall")
    sitting.store.record_review("folding/formula", Grade.GOOD, sitting.clock.moment())
    async with desk(sitting) as at:
        await at.sees("Nothing is due")
        await at.press("x", "space", "3", "h")
        assert "Nothing is due" in at.text


async def test_help_lists_the_keys_and_closes(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall"), size=(100, 50), lang=Lang.ZH) as at:
        await at.press("question_mark")
        assert isinstance(at.app.screen, HelpScreen)
        assert "换一个种子再运行" in at.text
        await at.press("3", "question_mark")
        assert at.app.screen is at.screen
        assert at.life.phase is Phase.ASKING


@pytest.mark.parametrize("keys", [("q",), ("ctrl+c",), ("r", "q"), ("question_mark", "q")])
async def test_quitting_is_at_once(study: Any, desk: Any, runs: Any, keys: tuple[str, ...]) -> None:
    runs.proof._held = True
    async with desk(study("recall")) as at:
        await at.press(*keys)
        assert at.app.return_code == 0
        assert at.app._exit
        assert runs.proof.cancelled.is_set() or "r" not in keys


async def test_ctrl_c_quits_while_code_is_written(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("code")) as at:
        await at.press("i", "ctrl+c")
        assert at.app._exit
