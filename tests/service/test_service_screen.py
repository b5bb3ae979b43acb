"""What is said of a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quizapp.service.doctor import Finding, Mark
from quizapp.service.screen import NARROW, WIDE, Terminal, judge

LEAST = (40, 12)
GOOD = Terminal((160, 50), "utf-8", "truecolor", plain=False, cells={WIDE: 2, NARROW: 1})


def findings(found: Terminal) -> dict[str, Finding]:
    return {finding.name: finding for finding in judge(found, LEAST)}


def test_a_good_terminal_is_all_right() -> None:
    assert {name: finding.mark for name, finding in findings(GOOD).items()} == {
        "terminal": Mark.OK,
        "colours": Mark.OK,
        "text": Mark.OK,
    }


@pytest.mark.parametrize(
    ("size", "mark"),
    [
        ((80, 24), Mark.OK),
        ((79, 24), Mark.NOTE),
        ((80, 23), Mark.NOTE),
        ((40, 12), Mark.NOTE),
        ((39, 50), Mark.PROBLEM),
        ((160, 11), Mark.PROBLEM),
    ],
)
def test_a_small_terminal_is_said_to_be(size: tuple[int, int], mark: Mark) -> None:
    found = findings(replace(GOOD, size=size))["terminal"]
    assert (found.mark, found.value.en) == (mark, f"{size[0]}×{size[1]}")
    assert (found.advice is None) is (mark is Mark.OK)


def test_where_there_is_no_terminal_its_colours_are_not_judged() -> None:
    found = findings(Terminal(None, "utf-8", None, plain=False, cells={}))
    assert list(found) == ["terminal", "text"]
    assert found["terminal"].mark is Mark.NOTE
    assert found["text"].mark is Mark.OK


@pytest.mark.parametrize(
    ("colours", "value", "mark"),
    [
        ("truecolor", "24-bit", Mark.OK),
        ("256", "256", Mark.NOTE),
        ("standard", "16", Mark.NOTE),
        (None, "0", Mark.NOTE),
    ],
)
def test_colours_are_named_by_their_number(colours: str | None, value: str, mark: Mark) -> None:
    found = findings(replace(GOOD, colours=colours))["colours"]
    assert (found.value.en, found.mark) == (value, mark)
    assert (found.advice is None) is (mark is Mark.OK)


def test_who_wants_no_colours_is_right() -> None:
    found = findings(replace(GOOD, colours=None, plain=True))["colours"]
    assert (found.value.en, found.mark) == ("0", Mark.OK)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "gbk"])
def test_an_encoding_without_the_cards_characters_is_a_problem(encoding: str) -> None:
    found = findings(replace(GOOD, encoding=encoding))["text"]
    assert found.mark is Mark.PROBLEM
    assert found.advice is not None
    assert "LANG=" in found.advice.en


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "UTF_8"])
def test_utf_8_goes_by_many_names(encoding: str) -> None:
    assert findings(replace(GOOD, encoding=encoding))["text"].mark is Mark.OK


@pytest.mark.parametrize(("cells", "word"), [({WIDE: 1, NARROW: 1}, "Chinese"), ({WIDE: 2, NARROW: 2}, "narrow")])
def test_characters_of_the_wrong_width_are_told(cells: dict[str, int], word: str) -> None:
    found = findings(replace(GOOD, cells=cells))["text"]
    assert found.mark is Mark.NOTE
    assert found.advice is not None
    assert word in found.advice.en


def test_a_terminal_that_does_not_answer_is_not_blamed() -> None:
    assert findings(replace(GOOD, cells={}))["text"].mark is Mark.OK
