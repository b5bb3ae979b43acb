"""What is drawn fits: every kind of card, in both languages, in windows wide, narrow and too small."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from quizapp.model.words import Lang
from quizapp.tui.look import INK, PAPER
from quizapp.tui.state import Phase

SIZES = [(80, 24), (160, 50), (40, 12), (100, 30)]


def check(at: Any) -> None:
    """Every line has the screen's width, and no pane is wider inside than outside."""
    width = at.app.size.width
    assert {cell_len(line) for line in at.lines} == {width}
    for pane in at.screen._panes:
        assert pane.max_scroll_x == 0
    for line in at.screen.query("Line"):
        assert max(cell_len(part) for part in line.render().plain.split("\n")) <= line.content_size.width
    for widget in at.screen.query("Static"):
        if widget.display and widget.region.area and widget.id != "small":
            assert widget.region.right <= width


@pytest.mark.parametrize("lang", list(Lang))
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", ["recall", "choice", "number", "code"])
@pytest.mark.usefixtures("runs")
async def test_no_card_overflows(study: Any, desk: Any, kind: str, size: tuple[int, int], lang: Lang) -> None:
    async with desk(study(kind), size=size, lang=lang, dark=lang is Lang.EN) as at:
        await at.until(lambda: not at.screen._drawer.lane.busy)
        check(at)
        await at.press("h", "c", "r")
        await at.until(lambda: not at.screen._prover.lane.busy)
        check(at)
        await at.press("pagedown", "J", "k")
        check(at)


async def test_what_is_below_the_window_is_announced(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall"), size=(80, 24)) as at:
        assert "more (j)" not in at.text
    long = " ".join(["word"] * 600)
    async with desk(study("choice", prompt=long), size=(80, 24)) as at:
        assert "more (j)" in at.text
        await at.press("j")
        assert "1 above (k)" in at.text
        for _ in range(40):
            await at.press("pagedown")
        assert "more (j)" not in at.text
        assert "above (k)" in at.text


async def test_wide_windows_put_the_proof_beside_the_card(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall"), size=(160, 50)) as at:
        _, card, proof = at.screen._panes
        assert proof.region.x >= card.region.right
        await at.pilot.resize_terminal(100, 50)
        await at.press("space")
        assert proof.region.y >= card.region.bottom


@pytest.mark.parametrize("size", [(39, 24), (20, 24), (80, 11), (8, 3)], ids=str)
async def test_a_window_too_small_says_so_and_takes_no_keys(
    study: Any, desk: Any, runs: Any, size: tuple[int, int]
) -> None:
    async with desk(study("recall"), size=(80, 24)) as at:
        await at.press("h")
        before, seen = at.life, at.text
        await at.pilot.resize_terminal(*size)
        await at.pilot.pause()
        assert "larger" in at.text or size[0] < 16 or size[1] < 4
        await at.press("space", "3", "x")
        assert at.life == before
        await at.pilot.resize_terminal(80, 24)
        await at.pilot.pause()
        assert at.text == seen


async def test_typing_goes_on_where_the_window_has_grown_again(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("number"), size=(80, 24)) as at:
        await at.sees("b = 1.5")
        await at.press("1", "2")
        await at.pilot.resize_terminal(30, 8)
        await at.pilot.resize_terminal(80, 24)
        await at.pilot.pause()
        assert "12" in at.text
        await at.press("3", "enter")
        assert at.life.phase is Phase.BETTING
        assert at.life.value == 123


async def test_the_first_picture_is_the_card(study: Any, desk: Any, runs: Any) -> None:
    async with desk(study("recall"), size=(80, 24)) as at:
        assert at.app.focused is None
        assert "Folding BatchNorm" in at.lines[0]
        assert "What do weight" in at.text


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [INK, PAPER], ids=lambda palette: palette.name)
def test_every_colour_that_carries_words_can_be_read(palette: Any) -> None:
    for colour in (palette.text, palette.muted, palette.accent, palette.good, palette.bad, palette.unsure):
        assert contrast(colour, palette.ground) >= 4.5
        assert contrast(colour, palette.raised) >= 4.3
