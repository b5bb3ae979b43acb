"""The worked example of authoring.md: proved, clean, and judged as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quizapp.model.card import ChoiceCard, CodeCard, NumberCard
from quizapp.proof.record import Proof, Verdict
from quizapp.service import linting
from quizapp.service.library import Library
from quizapp.service.proving import Question, draw, prove

PAGE = Path(__file__).parents[2] / "docs" / "authoring.md"
EXAMPLE = re.compile(r"`((?:verifiers|questions)/[\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("QUIZAPP_HOME", str(tmp_path / "home"))
    for name, body in EXAMPLE.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(body, encoding="utf-8")
    library = Library(tmp_path / "questions", tmp_path / "verifiers")
    linting.accept_ids(library)
    return library


def test_the_example_is_proved_on_many_seeds(library: Library) -> None:
    proofs = [told for told in prove(library, library.select(), range(100)) if isinstance(told, Proof)]
    assert len(proofs) == 200
    assert {proof.verdict for proof in proofs} == {Verdict.PROVED}


def test_the_example_is_clean(library: Library) -> None:
    assert linting.static(library) == []
    (card,) = linting.code_cards(library)
    assert linting.starter(library, card) == []


def test_the_example_shows_the_kinds_that_the_page_explains(library: Library) -> None:
    choice, code, number = library.deck.cards
    assert isinstance(choice, ChoiceCard)
    assert isinstance(code, CodeCard)
    assert isinstance(number, NumberCard)
    question = draw(library, number, 5).result()
    assert isinstance(question, Question)
    assert {wrong.name for wrong in question.tempting} == {"floor", "every_micro_batch"}
    assert all(question.temptation(wrong.value) for wrong in question.tempting)


def test_the_first_claim_is_as_short_as_the_page_promises() -> None:
    (_, script), *_ = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    written = [line for line in script.splitlines() if line.strip()]
    assert len(written) <= 50


def test_what_the_page_says_an_author_imports_is_there() -> None:
    import quizapp.proof

    text = PAGE.read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)\(", text[text.index("| findings |") : text.index("Exhibits are")])
    named += re.findall(r"`(\w+)`", text[text.index("Exhibits are") : text.index("A check that returns no finding")])
    assert set(named) == {
        *("close", "at_most", "at_least", "at_least_if", "equal", "faster", "table", "curves", "heat_map", "note"),
    }
    assert set(named) <= set(quizapp.proof.__all__)
