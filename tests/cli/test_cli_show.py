"""``quizapp show`` and ``quizapp list``: the deck on paper and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program


def test_the_list_gives_what_a_script_wants_of_every_card(program: Program) -> None:
    entries = program.run("list", "--json", code=0).json
    assert len(entries) == 10
    assert all(entry.keys() >= {"id", "topic", "kind", "claim", "langs", "due"} for entry in entries)
    assert entries[2] == {
        "id": "sums/number",
        "topic": "sums",
        "number": 1,
        "kind": "number",
        "claim": "sums.total",
        "langs": ["en", "zh"],
        "difficulty": 2,
        "due": None,
        "reps": 0,
        "suspended": False,
    }


def test_myths_are_listed_with_what_was_made_of_them(program: Program) -> None:
    before = program.run("list", "--myths", code=0)
    assert "0 of 1 refuted" in before.out
    assert "quizapp verify --myths" in before.err
    program.run("verify", "--myths", code=0)
    assert "1 of 1 refuted" in program.run("list", "--myths", "--lang", "en", code=0).out
    (told,) = program.run("list", "--myths", "--json", code=0).json
    assert (told["id"], told["verdict"], told["misconception"]) == ("sums/pick", "refuted", "leaves_out_the_last")
    assert "已推翻" in program.run("list", "--myths", "--lang", "zh", code=0).out


def test_myths_are_a_selection_of_their_own(program: Program) -> None:
    for words in (("list", "--myths", "--kind", "code"), ("verify", "--myths", "--all"), ("verify", "--myths", "sums")):
        assert "exclude each other" in program.run(*words, code=2).err


@pytest.mark.parametrize(
    ("words", "cards"),
    [
        (("--topic", "01", "--kind", "code"), ["sums/code"]),
        (("--topic", "01-sums", "--kind", "number"), ["sums/number"]),
        (("--kind", "choice"), ["sums/pick"]),
    ],
)
def test_the_list_is_narrowed_by_topic_and_kind(program: Program, words: tuple[str, ...], cards: list[str]) -> None:
    assert [entry["id"] for entry in program.run("list", "--json", *words, code=0).json] == cards


def test_a_card_is_shown_with_its_answer_or_without(program: Program) -> None:
    whole = program.run("show", "sums/pick", code=0).out
    assert "✓ a" in whole
    assert "It leaves one out." in whole
    question = program.run("show", "sums/pick", "--question", code=0).out
    assert "Which formula is right?" in question
    assert not any(sign in question for sign in ("✓", "✗", "It leaves one out."))
    assert "哪个公式正确" in program.run("show", "sums/pick", "--lang", "zh", code=0).out


def test_a_code_card_shows_the_claims_answer_only_with_the_answer(program: Program) -> None:
    assert "def half_of_the_rectangle" in program.run("show", "sums/code", code=0).out
    question = program.run("show", "sums/code", "--question", code=0).out
    assert "def gauss" in question
    assert "half_of_the_rectangle" not in question


def test_a_card_as_data_names_the_belief_behind_an_option(program: Program) -> None:
    data = program.run("show", "sums/pick", "--json", code=0).json
    assert (data["id"], data["kind"], data["claim"]) == ("sums/pick", "choice", "sums.gauss")
    assert [option.get("misconception") for option in data["options"]] == [None, "leaves_out_the_last", None]
    assert [option["correct"] for option in data["options"]] == [True, False, False]
    assert data["prompt"] == {"en": "Which formula is right?", "zh": "哪个公式正确？"}


def test_another_deck_is_read_and_never_run(program: Program, deck: Path) -> None:
    script = deck / "verifiers" / "sums.py"
    script.write_text(script.read_text(encoding="utf-8") + "\nraise SystemExit('it ran')\n", encoding="utf-8")
    for words in (("list",), ("show", "sums/code"), ("lint",)):
        done = program.run(*words, "--deck", str(deck), code=0)
        assert "it ran" not in done.out + done.err


def test_an_unknown_card_is_answered_with_the_nearest(program: Program) -> None:
    assert "did you mean sums/formula" in program.run("show", "sums/formulae").refused()
    assert "quizapp list shows all" in program.run("show", "zzz").refused()
