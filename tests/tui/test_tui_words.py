"""Every text of the interface is there twice, and says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from quizapp.model.card import Kind
from quizapp.model.grade import Grade
from quizapp.model.words import Words
from quizapp.proof.record import Verdict
from quizapp.service.proving import Word
from quizapp.tui import words
from quizapp.tui.commands import APP, STUDY, SUMMARY, TYPING, WRITING

SAME = {"EDIT"}
"""Texts that read the same in both languages: names of variables."""


def every() -> Iterator[tuple[str, Words]]:
    for name, value in vars(words).items():
        if isinstance(value, Words):
            yield name, value
        elif isinstance(value, dict) and name.isupper():
            yield from ((f"{name}[{key}]", text) for key, text in value.items())


@pytest.mark.parametrize(("name", "text"), list(every()))
def test_every_text_is_there_in_both_languages(name: str, text: Words) -> None:
    assert text.en.strip()
    assert text.zh.strip()
    assert set(re.findall(r"\{\w+\}", text.en)) == set(re.findall(r"\{\w+\}", text.zh))
    if name not in SAME and name != "LANGUAGE":
        assert re.search(r"[\u4e00-\u9fff]", text.zh), text.zh
        assert not re.search(r"[\u4e00-\u9fff]", text.en), text.en


def test_every_kind_grade_verdict_and_word_has_its_text() -> None:
    assert set(words.KINDS) == set(words.INVITES) == set(Kind)
    assert set(words.GRADES) == set(Grade)
    assert set(words.VERDICTS) == set(Verdict)
    assert set(words.JUDGED) == set(words.JUDGED_MEANS) == set(Word)


def test_no_two_outcomes_of_an_attempt_share_a_text() -> None:
    for texts in (words.JUDGED, words.JUDGED_MEANS):
        assert len({text.en for text in texts.values()}) == len(texts)
        assert len({text.zh for text in texts.values()}) == len(texts)


def test_every_text_is_used() -> None:
    from pathlib import Path

    source = "".join(path.read_text(encoding="utf-8") for path in Path(words.__file__).parent.rglob("*.py"))
    names = [name for name, value in vars(words).items() if name.isupper() and isinstance(value, Words | dict)]
    assert [name for name in names if not re.search(rf"words\.{name}\b", source)] == []


def test_no_key_of_a_screen_means_two_things_at_once() -> None:
    for commands in (SUMMARY, APP, TYPING, WRITING):
        keys = [key for command in commands for key in command.keys.split(",")]
        assert len(keys) == len(set(keys))
    always = {key for command in APP for key in command.keys.split(",")}
    assert always.isdisjoint(key for command in STUDY for key in command.keys.split(","))
