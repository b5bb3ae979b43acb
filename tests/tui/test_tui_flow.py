"""Studying, key by key: each kind of card from the prompt to the grade."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from quizapp.model.event import Shelf
from quizapp.model.grade import Grade
from quizapp.service.proving import Judged, Word
from quizapp.service.study import Graded, Study, Turn
from quizapp.store.fast import glance
from quizapp.tui.screens import canvas
from quizapp.tui.state import Phase


def graded(study: Study) -> list[tuple[str, Grade]]:
    return list(glance(study.database, study.clock.today()).today.graded)


async def test_recall_reveals_ticks_and_takes_the_suggested_grade(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall", "choice")
    async with desk(sitting) as at:
        assert "What do weight and bias become? [red]x[/red]" in at.text  # no markup of the deck's
        assert "the weight is scaled" not in at.text
        await at.press("space")
        await at.sees("the weight is scaled")
        assert "later today" in at.text
        await at.press("x")
        assert at.life.suggestion is Grade.HARD
        await at.press("space")
        await at.sees("What is the weight divided by?")
        assert graded(sitting) == [("folding/formula", Grade.HARD)]
        assert " 1/" in at.lines[0]


async def test_grade_keys_mean_nothing_before_the_reveal(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall")
    async with desk(sitting) as at:
        await at.press("1", "2", "3", "4", "x", "p", "e", "i", "a", "escape", "left", "f9", "tab", "ctrl+p")
        assert at.life.phase is Phase.ASKING
        assert at.life.picks == at.life.ticks == frozenset()
        assert graded(sitting) == []


async def test_a_grade_pressed_twice_grades_one_card(
    study: Any, desk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = study("recall", "choice")
    real, asked, go = sitting.grade, [], threading.Event()

    def slow(turn: Turn, grade: Grade, **about: Any) -> Graded:
        asked.append(turn.card.id)
        go.wait()
        graded: Graded = real(turn, grade, **about)
        return graded

    monkeypatch.setattr(sitting, "grade", slow)
    async with desk(sitting) as at:
        await at.press("space", "3", "3", "space", "1", "u", "minus")
        go.set()
        await at.until(lambda: at.card == "folding/divisor")
        await at.press("3")
        assert at.life.phase is Phase.ASKING
        assert asked == ["folding/formula"]
        assert graded(sitting) == [("folding/formula", Grade.GOOD)]


async def test_a_wrong_option_runs_its_belief(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("choice")
    async with desk(sitting) as at:
        await at.press("a", "b", "enter")
        await at.sees("breaks on 1 of 1")
        assert runs.calls == [("believe", "forgets_the_root")]
        assert "divides by the variance, not by its root" in at.text
        assert "error 0.5 > 0.001" in at.text
        assert "← your pick" in at.text
        assert at.life.right is False
        await at.press("space")
        await at.until(lambda: graded(sitting))
        assert graded(sitting) == [("folding/divisor", Grade.AGAIN)]


async def test_the_right_option_runs_the_answer(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("choice")) as at:
        await at.press("down", "up", "x", "space")
        await at.sees("holds on 1 of 1")
        assert runs.calls == [("believe", None)]
        assert at.life.right is True


async def test_an_option_without_experiment_says_so(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("choice")) as at:
        await at.press("c", "enter")
        assert "explained, not run" in at.text
        assert runs.calls == []
        assert at.life.right is False


async def test_no_pick_is_asked_for_once_and_then_shown(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("choice")) as at:
        await at.press("enter")
        assert "pick a letter first" in at.text
        assert at.life.phase is Phase.ASKING
        await at.press("enter")
        assert at.life.revealed
        assert at.life.right is None
        assert at.life.suggestion is Grade.AGAIN


async def test_a_number_is_typed_bet_on_and_compared(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("number")
    async with desk(sitting) as at:
        await at.sees("b = 1.5, γ = 2.0")
        await at.press("0", "full_stop", "2", "5", "q", "backspace", "enter")
        assert at.life.value == 0.25
        assert "How sure" in at.text
        await at.press("p", "p", "p", "enter")
        assert "Your number is what this belief gives" in at.text
        assert "forgets b" in at.text
        assert "you were 90 % sure" in at.text
        assert (at.life.right, at.life.confidence) == (False, 0.9)
        await at.press("1")
        await at.until(lambda: graded(sitting))
        review = sitting.store.events()[0]
        assert (review.right, review.confidence, review.grade) == (False, 0.9, Grade.AGAIN)
        assert review.took_ms is not None


async def test_a_typed_number_is_taken_by_enter_wherever_the_focus_is(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("number")) as at:
        await at.sees("b = 1.5")
        await at.press("0", "full_stop", "5", "escape", "enter")  # as when Enter comes before the focus
        assert at.life.value == 0.5
        assert "How sure" in at.text


async def test_the_question_of_a_card_to_come_is_drawn_while_another_is_answered(
    study: Any, desk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas, "PEEK", 0.01)
    async with desk(study("recall", "number")) as at:
        await at.until(lambda: [name for name, _ in runs.calls] == ["draw"])
        assert at.card == "folding/formula"
        await at.press("space", "3")
        await at.sees("b = 1.5")
        assert [name for name, _ in runs.calls] == ["draw"], "it is not drawn a second time"


async def test_what_is_no_number_is_told_and_kept(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("number")) as at:
        await at.sees("b = 1.5")
        await at.press("3", "comma", "5", "enter")
        assert "commas only separate thousands" in at.text
        assert "3,5" in at.text
        await at.press("backspace", "backspace", "enter")
        assert at.life.value == 3
        await at.press("escape")
        assert at.life.phase is Phase.ASKING


async def test_a_question_is_waited_for_in_words(study: Any, desk: Any, runs: Any) -> None:
    runs.question = type(runs.question)(runs.question.tells, held=True)
    async with desk(study("number")) as at:
        await at.sees("drawing your numbers")
        assert "b = 1.5" not in at.text
        runs.question.cancelled.set()  # the run goes on to its last word
        await at.sees("b = 1.5")
        assert "drawing your numbers" not in at.text


async def test_a_question_that_cannot_be_drawn_says_why(study: Any, desk: Any, runs: Any) -> None:
    runs.question.tells = [Judged(at_ref(), Word.BROKEN, 1, "torch is missing")]
    async with desk(study("number")) as at:
        await at.sees("The numbers could not be drawn: torch is missing")
        await at.press("space")
        assert at.life.revealed
        assert at.life.right is None


async def test_code_is_judged_inline_case_by_case(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("code")
    async with desk(sitting) as at:
        await at.press("i", "q", "r")
        assert "qrdef fuse" in at.text  # letters are letters while typing
        await at.press("ctrl+s")
        await at.sees("REJECTED")
        assert runs.calls == [("solve", "qrdef fuse(conv, bn):\n    return conv\n")]
        assert "FIRST FAILING CASE" in at.text
        assert "error 0.25" in at.text
        await at.press("escape", "space")
        assert "def fuse_conv_bn" in at.text.replace("  ", " ") or "OUR SOLUTION" in at.text
        assert at.life.right is False
        assert at.life.source.startswith("qrdef")


async def test_what_an_attempt_raised_is_told_with_its_line(study: Any, desk: Any, runs: Any) -> None:
    runs.attempt.tells = [Judged(at_ref(), Word.RAISED, 7, "ValueError: no", line=3)]
    async with desk(study("code")) as at:
        await at.press("i", "f5")
        await at.sees("RAISED")
        assert "line 3 · ValueError: no" in at.text


async def test_without_an_editor_the_code_is_written_here(
    study: Any, desk: Any, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with desk(study("code")) as at:
        await at.press("e")
        assert "write here" in at.text
        await at.press("x", "escape")
        assert at.life.source.startswith("xdef")


def test_the_editor_gets_the_code_and_gives_it_back(tmp_path: Path) -> None:
    from quizapp.tui import editor

    script = tmp_path / "an editor.py"
    script.write_text("import sys; p = sys.argv[1]; t = open(p).read(); open(p, 'w').write(t + '# done')")
    assert editor.edit(f"{sys.executable} '{script}'", "x = 1\n", "name") == "x = 1\n# done"


async def test_the_proof_reveals_runs_and_keeps_its_receipt(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall")
    async with desk(sitting) as at:
        await at.press("r")
        assert at.life.revealed
        await at.sees("PROVED")
        await at.until(sitting.store.receipts)
        assert sitting.store.receipts()[0].verdict == "proved"
        await at.press("R")
        await at.until(lambda: len(runs.calls) == 2)
        (_, (claim, seed)), (_, (again, other)) = runs.calls
        assert claim == again == "conv_bn_fusion.parity"
        assert seed != other


async def test_escape_stops_a_run_and_every_key_works_meanwhile(study: Any, desk: Any, runs: Any) -> None:
    runs.proof._held = True
    async with desk(study("recall")) as at:
        await at.press("r")
        await at.sees("1 so far")
        await at.press("x", "L")
        assert at.life.ticks == {0}
        await at.press("L", "escape")
        assert runs.proof.cancelled.is_set()
        await at.sees("STOPPED")
        assert "PROVED" not in at.text


async def test_a_run_of_the_card_before_says_nothing_on_the_next(study: Any, desk: Any, runs: Any) -> None:
    runs.proof._held = True
    async with desk(study("recall", "choice")) as at:
        await at.press("r", "3")
        await at.until(lambda: at.card == "folding/divisor")
        assert runs.proof.cancelled.is_set()
        await at.press("b", "enter")
        await at.sees("breaks on 1 of 1")
        assert "PROVED" not in at.text


async def test_hints_come_one_by_one_and_then_no_more(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall")) as at:
        await at.press("h")
        assert "hint 1/2" in at.text
        assert "hint 2/2" not in at.text
        await at.press("h", "h")
        assert "Scale then shift." in at.text
        assert "no more hints" in at.text


async def test_undo_brings_each_card_back_as_it_was(study: Any, desk: Any, runs: Any) -> None:
    sitting = study("recall", "choice", "code")
    async with desk(sitting) as at:
        first = at.card
        await at.press("space", "x", "4")
        await at.until(lambda: at.card != first)
        second = at.card
        await at.press("minus")
        await at.until(lambda: at.card not in (first, second))
        await at.press("u")
        await at.until(lambda: at.card == second)
        await at.press("u")
        await at.until(lambda: at.card == first)
        assert at.life.revealed
        assert at.life.ticks == {0}
        assert graded(sitting) == []
        await at.press("u")
        await at.sees("nothing left to undo")
        assert at.life.ticks == {0}


@pytest.mark.parametrize(("key", "shelf"), [("minus", Shelf.BURY), ("at", Shelf.SUSPEND)])
async def test_a_card_can_be_put_aside(study: Any, desk: Any, runs: Any, key: str, shelf: Shelf) -> None:
    sitting = study("recall", "choice")
    async with desk(sitting) as at:
        await at.press(key)
        await at.until(lambda: at.card == "folding/divisor")
        assert sitting.store.events()[0].shelf is shelf


async def test_a_language_switch_keeps_everything(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall")) as at:
        await at.press("h", "space", "down", "x")
        before = at.life
        await at.press("L")
        assert "权重乘以缩放" in at.text
        assert "推理时BN是仿射变换" in at.text
        assert at.life == before
        await at.press("t", "L")
        assert at.life == before
        assert "the weight is scaled" in at.text


def at_ref() -> Any:
    from quizapp.model.card import ClaimRef

    return ClaimRef("conv_bn_fusion", "parity")
