"""The life of a card, without a screen."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.card import Card, ChoiceCard, ClaimRef, CodeCard, Explained, NumberCard, Option, RecallCard, Right
from quizapp.model.grade import Grade
from quizapp.model.words import Words
from quizapp.tui.state import CONFIDENCES, Life, Phase

W = Words("text", "文字")
COMMON = ("t/c", "t", ClaimRef("v", "c"), 1, W, (W, W, W), W, (W, W), ("source",), (), None)
RIGHT, WRONG = Option(W, Right(), W), Option(W, Explained(), W)
RECALL = RecallCard(*COMMON)
SINGLE = ChoiceCard(*COMMON, (RIGHT, WRONG, WRONG))
SEVERAL = ChoiceCard(*COMMON, (RIGHT, RIGHT, WRONG))
NUMBER = NumberCard(*COMMON, W)
CODE = CodeCard(*COMMON, "f", "def f(): pass\n", None)
CARDS: tuple[Card, ...] = (RECALL, SINGLE, SEVERAL, NUMBER, CODE)

STEPS: dict[str, Callable[[Life, int], Life]] = {
    "hint": lambda life, _: life.hint(),
    "move": lambda life, n: life.move(n - 4),
    "mark": lambda life, n: life.mark(n - 2 if n > 1 else None),
    "guess": lambda life, n: life.guess(float(n)),
    "bet": lambda life, n: life.bet(1 if n % 2 else -1, around=n > 4),
    "reconsider": lambda life, _: life.reconsider(),
    "write": lambda life, n: life.write(f"x = {n}"),
    "judged": lambda life, n: life.judged((None, True, False)[n % 3]),
    "reveal": lambda life, n: life.reveal((None, True, False)[n % 3]),
}
MOVES = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 8)), max_size=25)


@given(st.sampled_from(CARDS), MOVES)
def test_no_sequence_of_keys_breaks_a_life(card: Card, moves: list[tuple[str, int]]) -> None:
    life = Life.begin(card)
    for name, n in moves:
        before, life = life, STEPS[name](life, n)
        assert not (before.revealed and not life.revealed)
        assert 0 <= life.cursor < max(1, life.rows)
        assert life.ticks <= set(range(len(card.points)))
        assert life.picks <= set(range(3))
        assert life.hints <= len(card.hints)
        assert life.confidence in (None, *CONFIDENCES)
        assert life.suggestion in (Grade.AGAIN, Grade.HARD, Grade.GOOD)
        if before.revealed:
            assert life.right == before.right
            assert life.picks == before.picks


def test_one_right_option_allows_one_pick() -> None:
    assert Life.begin(SINGLE).mark(0).mark(2).picks == {2}


def test_several_right_options_toggle() -> None:
    assert Life.begin(SEVERAL).mark(0).mark(1).mark(2).mark(2).picks == {0, 1}


def test_only_exactly_the_right_options_are_right() -> None:
    life = Life.begin(SEVERAL)
    assert life.mark(0).mark(1).reveal().right is True
    assert life.mark(0).reveal().right is False
    assert life.mark(0).mark(1).mark(2).reveal().right is False
    assert life.reveal().right is None


def test_the_ticked_share_suggests_the_grade() -> None:
    life = Life.begin(RECALL).reveal()
    assert life.suggestion is Grade.GOOD
    assert life.mark(0).suggestion is Grade.AGAIN
    assert life.mark(0).mark(1).suggestion is Grade.HARD
    assert life.mark(0).mark(1).mark(2).suggestion is Grade.GOOD


def test_what_the_machine_found_caps_the_suggestion() -> None:
    wrong = Life.begin(SINGLE).mark(1).reveal()
    assert wrong.suggestion is Grade.AGAIN
    assert wrong.mark(0).mark(1).mark(2).suggestion is Grade.AGAIN
    assert Life.begin(NUMBER).guess(1.0).reveal(right=True).suggestion is Grade.GOOD
    assert Life.begin(NUMBER).hint().guess(1.0).reveal(right=True).suggestion is Grade.HARD
    assert Life.begin(NUMBER).reveal(gave_up=True).suggestion is Grade.AGAIN


def test_code_judged_after_the_reveal_does_not_count() -> None:
    assert Life.begin(CODE).judged(right=False).reveal().judged(right=True).right is False
    assert Life.begin(CODE).reveal().judged(right=True).right is None


def test_code_that_changed_has_not_been_judged() -> None:
    assert Life.begin(CODE).judged(right=True).write("def f(): return 1").right is None


def test_a_bet_begins_at_the_end_it_comes_from_and_stops_at_the_other() -> None:
    life = Life.begin(NUMBER).guess(3.0)
    assert life.phase is Phase.BETTING
    assert life.bet(1).confidence == 0.5
    assert life.bet(-1).confidence == 0.99
    assert life.bet(-1).bet(1).confidence == 0.99
    assert life.bet(-1).bet(1, around=True).confidence == 0.5


def test_a_bet_without_a_number_means_nothing() -> None:
    assert Life.begin(NUMBER).bet(1).confidence is None


def test_reconsidering_keeps_the_number() -> None:
    life = Life.begin(NUMBER).guess(3.0).reconsider()
    assert (life.phase, life.value) == (Phase.ASKING, 3.0)
