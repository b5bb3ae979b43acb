"""Number cards over fifty seeds: a finite truth, a right answer, and wrong ones that are clearly wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from quizapp.deck.prompt import placeholders
from quizapp.model.card import NumberCard
from quizapp.runner import Answer, Done, Draw, Limits, Outcomed
from quizapp.service.library import Library

pytest.importorskip("torch")

LIBRARY = Library.shipped()
CARDS = [card for card in LIBRARY.deck.cards if isinstance(card, NumberCard)]
SEEDS = range(50)
FEWER = range(50, 60)  # an answer runs on every case of its seed, not on the first alone
Result = Mapping[str, Any]

# cards of one script stay on one worker, which runs it once
each_card = pytest.mark.parametrize(
    "card",
    [pytest.param(card, id=card.id, marks=pytest.mark.xdist_group(f"numbers-{card.claim.verifier}")) for card in CARDS],
)


@cache
def results(verifier: str) -> dict[tuple[str, str], list[Result]]:
    """Questions and answers' records of a script's number cards, by claim and kind of job, from one process."""
    names = sorted({card.claim.name for card in CARDS if card.claim.verifier == verifier})
    jobs: list[Draw | Answer] = [Draw(name, seed, "cpu") for name in names for seed in SEEDS]
    jobs += [Answer(name, seed, "cpu") for name in names for seed in FEWER]
    found: dict[tuple[str, str], list[Result]] = {(job.claim, job.do): [] for job in jobs}
    for message in LIBRARY.workers.run(LIBRARY.verifiers / f"{verifier}.py", jobs, Limits(seconds=120)):
        if not isinstance(message, Outcomed):
            assert isinstance(message, Done), message
            found[jobs[message.job].claim, jobs[message.job].do].append(message.result)
    return found


def questions(card: NumberCard) -> list[Result]:
    found = results(card.claim.verifier)[card.claim.name, "draw"]
    assert len(found) == len(SEEDS)
    assert [question for question in found if "truth" not in question] == []
    return found


@each_card
def test_the_truth_is_a_finite_number(card: NumberCard) -> None:
    for question in questions(card):
        assert math.isfinite(question["truth"]), question
        assert question["tolerance"] > 0 or isinstance(question["truth"], int), question
        assert question["tolerance"] == 0 or question["truth"] != 0, "nothing but zero is relatively near to zero"


@each_card
def test_the_answers_formula_gives_the_truth(card: NumberCard) -> None:
    found = results(card.claim.verifier)[card.claim.name, "answer"]
    assert [record["accepted"] for record in found] == [True] * len(FEWER)


@each_card
def test_every_tempting_value_is_clearly_wrong(card: NumberCard) -> None:
    for question in questions(card):
        truth, tolerance = question["truth"], question["tolerance"]
        assert question["tempting"], question
        for name, wrong in question["tempting"].items():
            assert wrong["value"] != truth, (name, question)
            assert abs(wrong["value"] - truth) > 2 * tolerance * abs(truth), (name, question)


@each_card
def test_the_givens_fill_the_prompt_in_both_languages(card: NumberCard) -> None:
    for question in questions(card):
        assert placeholders(card.prompt.en) == placeholders(card.prompt.zh) == set(question["given"])


@each_card
def test_fifty_seeds_ask_at_least_five_different_questions(card: NumberCard) -> None:
    assert len({json.dumps(question["given"], sort_keys=True) for question in questions(card)}) >= 5
