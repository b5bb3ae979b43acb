"""A deck that tries to write on the terminal, to be markup and to hide, on the real screen with real runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from quizapp.model.words import Lang
from quizapp.service.clock import Clock
from quizapp.service.library import Library
from quizapp.service.study import Study
from quizapp.tui.draw import lines
from quizapp.tui.screens.help import HelpScreen
from quizapp.tui.screens.summary import SummaryScreen
from quizapp.tui.widgets.plain import Plain

DECK = Path(__file__).parents[1] / "data" / "hostile"
RAW = "\x1b]0;pwned\x07\x9b31m\u202e\u200b"
ODD = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\uf8ff\U000e0000-\U000e00ff]")
MARKUP = "[red]x[/] [@click=app.quit]y[/]"
SIZE = (240, 100)
SCROLLBAR = ({}, *({"@mouse.down": does} for does in ("grab", "scroll_up", "scroll_down")))


@pytest.fixture
def sitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Study]:
    """A sitting over one card of the hostile deck, whose script holds raw characters too."""
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path / "home"))
    deck = Path(shutil.copytree(DECK, tmp_path / "deck"))
    script = deck / "verifiers" / "hostile.py"
    script.write_text(script.read_text(encoding="utf-8").replace("# RAW", f"# raw {RAW}"), encoding="utf-8")
    topic = deck / "questions" / "01-hostile.yaml"
    head, *cards = re.split(r"(?m)^(?=  - id: )", topic.read_text(encoding="utf-8"))

    def make(card: str) -> Study:
        topic.write_text(head + next(one for one in cards if f"hostile/{card}\n" in one), encoding="utf-8")
        return Study(Library(deck / "questions", deck / "verifiers"), tmp_path / "x.db", clock=Clock("UTC"))

    return make


def segments(at: Any) -> list[Segment]:
    return [segment for strip in at.app.screen._compositor.render_strips() for segment in strip]


def check(at: Any, *, typed: bool = False) -> None:
    """Nothing on the screen is obeyed by a terminal, and nothing of it can be clicked but what we put there.

    What a sequence holds is gone with it, unless somebody ``typed`` it: the editor takes out no more than it must.
    """
    for segment in segments(at):
        assert not ODD.search(segment.text), repr(segment.text)
        style = segment.style or Style()
        assert style.link is None
        assert {key: does for key, does in style.meta.items() if key.startswith("@")} in SCROLLBAR
    assert typed or "pwned" not in at.text
    assert {cell_len(line) for line in at.lines} == {at.app.size.width}


async def settle(at: Any) -> None:
    await at.until(lambda: not (at.screen._prover.lane.busy or at.screen._drawer.lane.busy))


@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("card", ["recall", "choice", "number", "code"])
async def test_every_stage_of_every_card_is_harmless(
    sitting: Callable[[str], Study], desk: Any, card: str, lang: Lang
) -> None:
    zh = "-zh" if lang is Lang.ZH else ""
    async with desk(sitting(card), size=SIZE, lang=lang) as at:
        await settle(at)
        check(at)
        for said in (f"title{zh}", f"prompt{zh}"):
            assert f"{said} {MARKUP}" in at.text or f"{said} given {MARKUP}" in at.text
        await at.press("h", *{"choice": "b", "number": "7"}.get(card, ""))
        check(at)
        assert f"hint{zh} {MARKUP}" in at.text
        await at.press("enter", *(("enter",) if card == "number" else ()))
        await settle(at)
        check(at)
        await at.press("r")
        await settle(at)
        check(at)
        for said in (f"point-one{zh}", f"explanation{zh}", "source", f"statement{zh}", f"belief{zh}"):
            assert f"{said} {MARKUP}" in at.text
        if card != "number":
            for said in (f"column {MARKUP}", f"cell {MARKUP}", f"curve {MARKUP}", f"note{zh} {MARKUP}", "label"):
                assert said in at.text
        await at.press("L", "t")
        check(at)


async def test_options_and_beliefs_are_harmless(sitting: Callable[[str], Study], desk: Any) -> None:
    async with desk(sitting("choice"), size=SIZE) as at:
        assert f"option-right {MARKUP}" in at.text
        await at.press("b", "enter")
        await settle(at)
        check(at)
        for said in ("because-wrong", "because-explained", "“belief", "case", "label"):
            assert f"{said} {MARKUP}" in at.text


@pytest.mark.parametrize("size", [(40, 12), (80, 24)], ids=str)
async def test_narrow_windows_are_harmless(sitting: Callable[[str], Study], desk: Any, size: tuple[int, int]) -> None:
    async with desk(sitting("choice"), size=size) as at:
        await at.press("c", "enter", "r")
        await settle(at)
        for _ in range(30):
            await at.press("pagedown")
            check(at)


async def test_the_scrollbar_is_still_one(sitting: Callable[[str], Study], desk: Any) -> None:
    """It works by actions in its style, which the guard must know from those of a stranger."""
    async with desk(sitting("choice"), size=(80, 24)) as at:
        await at.press("enter", "enter")
        await settle(at)
        await at.press(*["pageup"] * 9)
        body = at.screen.query_one("#body")
        assert body.scroll_y == 0
        await at.pilot.click(offset=(79, body.region.bottom - 1))
        await at.until(lambda: body.scroll_y > 0)


async def test_code_its_editor_and_its_verdicts_are_harmless(sitting: Callable[[str], Study], desk: Any) -> None:
    attempt = (DECK / "attempt.py").read_text(encoding="utf-8")
    async with desk(sitting("code"), size=SIZE) as at:
        assert f"# starter {MARKUP}" in at.text
        await at.press("i")
        check(at)
        assert f"# starter {MARKUP}" in at.text
        editor = at.screen.query_one("#editor")
        assert not ODD.search(editor.text.replace("\n", ""))  # what is judged is what is seen
        for source in (attempt, f"{attempt}\nraise SystemExit(EVIL)", f"{RAW} no Python", f"x = '{RAW}'"):
            editor.load_text(source)
            await at.press("ctrl+s")
            await settle(at)
            check(at, typed=True)
        editor.load_text(attempt)
        await at.press("f5")
        await settle(at)
        for said in ("case", "exception"):
            assert f"{said} {MARKUP}" in at.text


@pytest.mark.parametrize("card", ["raises", "prints", "needy"])
async def test_verifiers_that_fail_are_harmless(sitting: Callable[[str], Study], desk: Any, card: str) -> None:
    said = {"raises": f"exception {MARKUP}", "prints": "exit code 3 before its result: ", "needy": "no_such_module"}
    async with desk(sitting(card), size=SIZE) as at:
        await at.press("r")
        await settle(at)
        check(at)
        assert said[card] in at.text


async def test_the_other_screens_are_harmless(
    sitting: Callable[[str], Study], desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quizapp.store.door import StoreError

    study = sitting("recall")
    async with desk(study, size=SIZE) as at:
        await at.press("question_mark")
        assert isinstance(at.app.screen, HelpScreen)
        check(at)
        await at.press("escape", "enter", "3")
        await at.until(lambda: isinstance(at.app.screen, SummaryScreen))
        check(at)

        def refuse() -> None:
            raise StoreError(f"{RAW}{MARKUP}\nDone")

        monkeypatch.setattr(study, "undo", refuse)
        await at.press("u")
        await at.sees(MARKUP)
        check(at)


async def test_a_notice_is_harmless(
    sitting: Callable[[str], Study], desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", f"no-such-{RAW}{MARKUP}")
    async with desk(sitting("code"), size=SIZE) as at:
        monkeypatch.setattr("quizapp.tui.editor.edit", _missing)
        monkeypatch.setattr(type(at.app), "suspend", lambda _: _lent())
        await at.press("e")
        assert MARKUP in at.text
        check(at, typed=True)  # Python quotes the name, escapes and all


def _missing(command: str, *_: str) -> str:
    raise FileNotFoundError(2, "no such file", command)


def _lent() -> Any:
    from contextlib import nullcontext

    return nullcontext()


async def test_the_door_holds_where_a_drawing_forgot(
    sitting: Callable[[str], Study], desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A widget that cleans nothing: what comes out is harmless, and every line as wide as it was."""
    monkeypatch.setattr(lines, "line", lambda text: text)
    async with desk(sitting("recall"), size=SIZE) as at:
        await at.press("enter", "r")
        await settle(at)
        evil = Text(f"before {RAW}\u115f after", style=Style(link="http://x", meta={"@click": "app.quit"}))
        at.screen.query_one("#prompt", Plain).update(evil)
        await at.pilot.pause()
        check(at, typed=True)
        assert "before" in at.text


async def test_the_last_words_of_a_crash_are_harmless(
    sitting: Callable[[str], Study], desk: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    async with desk(sitting("recall"), size=SIZE) as at:
        try:
            raise ValueError(f"{RAW}{MARKUP}")  # noqa: TRY301  # what the application catches
        except ValueError:
            at.app._fatal_error()
        at.app._print_error_renderables()
    said = capfd.readouterr().err
    assert MARKUP in said
    assert not ODD.search(said.replace("\n", ""))
