"""Skeletons: valid as they stand, proved as they stand, and never over anything that is there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp.deck.lint import lint
from quizapp.deck.problem import DeckError
from quizapp.model.card import Card, ChoiceCard, CodeCard, Kind
from quizapp.service.authoring import new_card, new_topic, new_verifier
from quizapp.service.errors import RequestError
from quizapp.service.library import Library

TOPIC = "questions/31-gradient-accumulation.yaml"


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A deck that the skeletons have made from nothing: every kind of card, both kinds of claim."""
    deck = tmp_path / "mine"
    new_topic(deck, "31-gradient-accumulation")
    new_verifier(deck, "optimiser_steps.steps", "31", numeric=True)
    for kind in Kind:
        claim = "optimiser_steps.steps" if kind is Kind.NUMBER else "gradient_accumulation.statement"
        new_card(deck, f"gradient-accumulation/{kind.value}", kind, claim)
    return deck


def card(deck: Path, name: str) -> Card:
    return Library(deck / "questions", deck / "verifiers").card(f"gradient-accumulation/{name}")


def contents(deck: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in deck.rglob("*") if path.is_file()}


def test_a_deck_of_skeletons_has_no_problem_but_what_is_to_write(fresh: Path) -> None:
    problems = lint(fresh / "questions", fresh / "verifiers")
    assert {problem.rule for problem in problems} == {"nothing-to-write"}
    assert all(problem.warning for problem in problems)
    assert len(problems) == 5 + 2, "each card and each claim once"


@pytest.mark.parametrize("script", ["gradient_accumulation", "optimiser_steps"])
def test_a_skeleton_of_a_verifier_is_proved_as_it_stands(fresh: Path, script: str) -> None:
    path = fresh / "verifiers" / f"{script}.py"
    done = subprocess.run([sys.executable, path, "--seeds", "0:20"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_card_begins_with_what_its_claim_knows(fresh: Path) -> None:
    choice, code, number = (card(fresh, name) for name in ("choice", "code", "number"))
    assert isinstance(choice, ChoiceCard)
    assert [option.text.en for option in choice.options][1:] == ["TODO: forgets to divide", "TODO: divides by n - 1"]
    assert isinstance(code, CodeCard)
    assert (code.entry, code.starter.splitlines()[0]) == ("mean", "def mean(values):")
    assert "{n}" in number.prompt.en
    assert "{n}" in number.prompt.zh


REFUSED: list[tuple[Callable[[Path], object], str]] = [
    (lambda deck: new_topic(deck, "31-other"), "31-gradient-accumulation is there already"),
    (lambda deck: new_topic(deck, "32-gradient-accumulation"), "31-gradient-accumulation is there already"),
    (lambda deck: new_topic(deck, "gradient"), "write its number and slug"),
    (lambda deck: new_topic(deck, "32-3d"), "begins with a digit"),
    (lambda deck: new_topic(deck, "32-class"), "Python keeps for itself"),
    (lambda deck: new_topic(deck, "32-optimiser-steps"), "optimiser_steps.py is there already"),
    (lambda deck: new_verifier(deck, "optimiser_steps.more", "31", numeric=False), "is there already"),
    (lambda deck: new_verifier(deck, "other.claim", "32", numeric=False), "there is no topic '32'"),
    (lambda deck: new_verifier(deck, "other", "31", numeric=False), "is not a claim"),
    (lambda deck: new_verifier(deck, "other.lambda", "31", numeric=False), "Python keeps for itself"),
    (lambda deck: new_verifier(deck, "../x.claim", "31", numeric=False), "is not a claim"),
    (lambda deck: new_card(deck, "gradient-accumulation/x", Kind.RECALL, "no.claim"), "there is no claim 'no.claim'"),
    (
        lambda deck: new_card(deck, "gradient-accumulation/x", Kind.NUMBER, "gradient_accumulation.statement"),
        "computes no number",
    ),
    (lambda deck: new_card(deck, "gradient-accumulation/code", Kind.CODE, "optimiser_steps.steps"), "already a card"),
    (lambda deck: new_card(deck, "other/x", Kind.RECALL, "optimiser_steps.steps"), "there is no topic 'other'"),
    (lambda deck: new_card(deck, "x", Kind.RECALL, "optimiser_steps.steps"), "is no card id"),
]


@pytest.mark.parametrize(("ask", "said"), REFUSED)
def test_what_cannot_be_made_is_said_and_nothing_is_written(
    fresh: Path, ask: Callable[[Path], object], said: str
) -> None:
    before = contents(fresh)
    with pytest.raises(RequestError, match=said.replace("(", r"\(")):
        ask(fresh)
    assert contents(fresh) == before


def test_a_card_that_cannot_be_observed_is_no_code_card(fresh: Path) -> None:
    script = fresh / "verifiers" / "gradient_accumulation.py"
    script.write_text(script.read_text(encoding="utf-8").replace("@statement.observe\n", ""), encoding="utf-8")
    with pytest.raises(RequestError, match="cannot judge code"):
        new_card(fresh, "gradient-accumulation/x", Kind.CODE, "gradient_accumulation.statement")


@pytest.mark.parametrize(
    "written",
    [
        "verifiers:\n  - gradient_accumulation\n  - optimiser_steps\n",
        "verifiers:\n- gradient_accumulation\n- optimiser_steps\n",
    ],
)
def test_scripts_are_listed_in_the_style_of_the_file(fresh: Path, written: str) -> None:
    path = fresh / TOPIC
    text = path.read_text(encoding="utf-8").replace("verifiers: [gradient_accumulation, optimiser_steps]\n", written)
    path.write_text(text, encoding="utf-8")
    new_verifier(fresh, "more_steps.steps", "gradient-accumulation", numeric=True)
    assert written.replace("optimiser_steps", "more_steps").splitlines()[-1] in path.read_text(encoding="utf-8")
    assert {problem.rule for problem in lint(fresh / "questions", fresh / "verifiers")} == {
        "nothing-to-write",
        "claim-used",
    }


def test_cards_are_indented_like_those_that_are_there(fresh: Path) -> None:
    path = fresh / TOPIC
    head, cards = path.read_text(encoding="utf-8").split("cards:\n")
    path.write_text(head + "cards:\n" + "".join(line[2:] or "\n" for line in cards.splitlines(True)), encoding="utf-8")
    new_card(fresh, "gradient-accumulation/more", Kind.RECALL, "optimiser_steps.steps")
    assert card(fresh, "more").kind is Kind.RECALL


def test_what_could_not_be_read_afterwards_is_not_written(fresh: Path) -> None:
    path = fresh / TOPIC
    text = path.read_text(encoding="utf-8").replace("optimiser_steps]", "optimiser_steps, ]", 1)
    path.write_text(text, encoding="utf-8")
    before = contents(fresh)
    with pytest.raises(DeckError):
        new_verifier(fresh, "more_steps.steps", "31", numeric=True)
    assert contents(fresh) == before


def test_a_topic_whose_cards_do_not_come_last_is_left_as_it_is(fresh: Path) -> None:
    path = fresh / TOPIC
    head, cards = path.read_text(encoding="utf-8").split("cards:\n")
    title, verifiers = head.split("verifiers:")
    path.write_text(title + "cards:\n" + cards + "\nverifiers:" + verifiers, encoding="utf-8")
    before = contents(fresh)
    with pytest.raises(RequestError, match="cards must be its last field"):
        new_card(fresh, "gradient-accumulation/more", Kind.RECALL, "optimiser_steps.steps")
    assert contents(fresh) == before
