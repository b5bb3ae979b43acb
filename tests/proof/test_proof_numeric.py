"""Numeric claims: the check comes from the truth, and a question from a case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from quizapp.proof import BrokenClaimError, Case, Claim, Rng
from quizapp.proof.evidence import Match, Measure
from quizapp.proof.experiment import Trial, prove
from quizapp.proof.record import Verdict
from quizapp.proof.session import question


def area(rel: float) -> Claim:
    claim = Claim("area", en="The area of a rectangle", zh="矩形的面积")

    @claim.cases
    def rectangles(rng: Rng) -> Iterator[Case]:
        for _ in range(3):
            yield Case("rectangle", given={"width": rng.randint(3, 9), "height": rng.randint(10, 99)})

    @claim.truth(rel=rel)
    def counted(case: Case) -> int:
        return sum(1 for _ in range(case.given["width"]) for _ in range(case.given["height"]))

    claim.answer(lambda width, height: width * height)

    @claim.misconception(en="the perimeter", zh="周长")
    def perimeter(width: int, height: int) -> int:
        return 2 * (width + height)

    return claim


@pytest.mark.parametrize("rel", [0, 0.02])
def test_a_numeric_claim_is_proved_by_its_truth(rel: float) -> None:
    proof = prove(area(rel), Trial(0))
    assert proof.verdict is Verdict.PROVED
    found = proof.subjects[0].outcomes[0].items[0]
    assert isinstance(found, Match if rel == 0 else Measure)


def test_a_question_is_drawn_with_its_truth_and_what_each_belief_would_say() -> None:
    drawn = question(area(0), Trial(3))
    width, height = drawn["given"]["width"], drawn["given"]["height"]
    assert drawn["truth"] == width * height
    assert drawn["tolerance"] == 0
    assert {name: wrong["value"] for name, wrong in drawn["tempting"].items()} == {"perimeter": 2 * (width + height)}
    assert question(area(0), Trial(3)) == drawn
    assert any(question(area(0), Trial(seed)) != {**drawn, "seed": seed} for seed in range(4, 9))


def test_a_belief_that_need_not_show_on_the_case_does_not_tempt() -> None:
    claim = area(0)
    claim.misconception(en="x", zh="x", on=lambda _case: False, because=("never", "从不"))(lambda **_: 0)
    assert set(question(claim, Trial(0))["tempting"]) == {"perimeter"}


def test_a_belief_that_crashes_as_declared_does_not_tempt() -> None:
    claim = area(0)
    claim.misconception(en="x", zh="x", raises=(ZeroDivisionError,))(lambda width, height: width // (height - height))
    assert set(question(claim, Trial(0))["tempting"]) == {"perimeter"}


def test_a_claim_without_a_truth_draws_no_question() -> None:
    claim = Claim("mute", en="No truth", zh="没有真值")
    claim.cases(lambda _: [Case("only")])
    with pytest.raises(BrokenClaimError, match="no truth"):
        question(claim, Trial(0))


def test_telling_draws_until_every_misconception_is_clearly_wrong() -> None:
    claim, draws = area(0.02), iter([{"width": 4, "height": 4}, {"width": 3, "height": 6}, {"width": 5, "height": 20}])
    assert claim.telling(lambda: next(draws)) == {"width": 5, "height": 20}, "4×4 and 3×6 have their area as perimeter"


def test_telling_gives_up_where_no_draw_tells() -> None:
    with pytest.raises(BrokenClaimError, match="1000 draws"):
        area(0).telling(lambda: {"width": 4, "height": 4})
