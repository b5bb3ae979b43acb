"""The day's queue: limits, order, topics apart, and cards that return within the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.event import CardState, Memory, Review, Stamp
from quizapp.model.grade import Grade
from quizapp.schedule import LEARNING_GAP, Counts, Limits, Scheduler, advance, counts, forecast, next_card, plan
from quizapp.schedule.queue import Queued

TODAY = 20_000
SCHEDULER = Scheduler()
MODEL = SCHEDULER.model


@dataclass(frozen=True)
class Row:
    id: str
    topic: str


def rows(topics: Sequence[str]) -> list[Row]:
    return [Row(f"{topic}/{index}", topic) for index, topic in enumerate(topics)]


def known(card: str, *, due: int = TODAY, ago: int = 10, stability: float = 10.0) -> CardState:
    """A card last recalled ``ago`` days before today."""
    return CardState(card, Memory(stability, 5.0), first=TODAY - ago - 5, last=TODAY - ago, due=due, reps=2)


def graded(state: CardState, grade: Grade, day: int = TODAY) -> CardState:
    stamp = Stamp(f"{state.card}{state.reps}", day * 86_400_000, "a", state.reps, day, "UTC")
    return advance(state, Review(stamp, state.card, grade), SCHEDULER)


def ids(cards: Sequence[Queued]) -> list[str]:
    return [card.id for card in cards]


def clashes(topics: Sequence[str | None]) -> int:
    return sum(one == other for one, other in pairwise(topics))


@st.composite
def desks(draw: st.DrawFn) -> tuple[list[Row], dict[str, CardState]]:
    """A deck of up to 12 cards, some new, some due, some not yet due, some kept out."""
    cards = rows(draw(st.lists(st.sampled_from("abcd"), max_size=12)))
    states: dict[str, CardState] = {}
    for card in cards:
        match draw(st.sampled_from(("new", "due", "due", "later", "suspended", "buried"))):
            case "due":
                ago = draw(st.integers(1, 40))
                states[card.id] = known(card.id, ago=ago, due=TODAY - draw(st.integers(0, ago - 1)))
            case "later":
                states[card.id] = known(card.id, due=TODAY + 3)
            case "suspended":
                states[card.id] = replace(known(card.id), suspended=True)
            case "buried":
                states[card.id] = CardState(card.id, buried=TODAY)
    return cards, states


limits = st.builds(Limits, st.integers(0, 6), st.integers(0, 8))


@given(st.lists(st.sampled_from("abc"), max_size=7), st.sampled_from((None, "a", "b")))
def test_no_order_has_fewer_neighbours_of_one_topic(topics: list[str], last: str | None) -> None:
    before = Row("before", last or "z")
    planned = plan([before, *rows(topics)], {"before": suspended("before")}, TODAY, MODEL, recent=["before"])
    best = min(clashes([before.topic, *order]) for order in permutations(topics))
    assert clashes([before.topic, *(card.topic for card in planned.cards)]) == best


def suspended(card: str) -> CardState:
    return CardState(card, suspended=True)


@given(desks(), limits)
def test_the_plan_holds_what_is_due_and_new_within_the_limits(
    desk: tuple[list[Row], dict[str, CardState]], limit: Limits
) -> None:
    cards, states = desk
    planned = plan(cards, states, TODAY, MODEL, limits=limit)
    due = {card.id for card in cards if (s := states.get(card.id)) and s.due and s.due <= TODAY and not s.suspended}
    new = [card.id for card in cards if card.id not in states]
    found = ids(planned.cards)
    assert len(found) == len(set(found))
    assert planned.counts == Counts(min(len(due), limit.reviews), min(len(new), limit.new), 0)
    assert {card for card in found if card not in due} == set(new[: limit.new])
    assert sum(card in due for card in found) == planned.counts.due
    assert counts(cards, states, TODAY, limit) == planned.counts


@given(desks(), limits, st.data())
def test_planning_again_after_an_answer_gives_the_rest_of_the_plan(
    desk: tuple[list[Row], dict[str, CardState]], limit: Limits, data: st.DataObject
) -> None:
    cards, states = desk
    planned, recent = plan(cards, states, TODAY, MODEL, limits=limit), list[str]()
    while planned.cards:
        card = planned.cards[0]
        grade = data.draw(st.sampled_from((Grade.HARD, Grade.GOOD, Grade.EASY)))
        states[card.id] = graded(states.get(card.id, CardState(card.id)), grade)
        recent.append(card.id)
        rest = plan(cards, states, TODAY, MODEL, limits=limit, recent=recent)
        assert ids(rest.cards) == ids(planned.cards[1:])
        planned = rest
    assert planned.counts == Counts(0, 0, 0)


@given(desks(), limits, st.data())
def test_every_session_ends_with_nothing_left(
    desk: tuple[list[Row], dict[str, CardState]], limit: Limits, data: st.DataObject
) -> None:
    cards, states = desk
    again = data.draw(st.lists(st.booleans(), max_size=10))
    shown: list[str] = []
    while (planned := plan(cards, states, TODAY, MODEL, limits=limit, recent=shown)) and (card := next_card(planned)):
        grade = Grade.AGAIN if again and again.pop() else Grade.GOOD
        states[card.id] = graded(states.get(card.id, CardState(card.id)), grade)
        shown.append(card.id)
    assert plan(cards, states, TODAY, MODEL, limits=limit, recent=shown).counts == Counts(0, 0, 0)


def test_reviews_come_by_retrievability_and_the_limit_puts_off_the_best_remembered() -> None:
    cards = rows("abcd")
    stabilities = dict(zip(ids(cards), (10.0, 2.0, 40.0, 5.0), strict=True))
    states = {card: known(card, stability=stability) for card, stability in stabilities.items()}
    assert ids(plan(cards, states, TODAY, MODEL).cards) == ["b/1", "d/3", "a/0", "c/2"]
    assert ids(plan(cards, states, TODAY, MODEL, limits=Limits(reviews=2)).cards) == ["b/1", "d/3"]


def test_new_cards_are_spread_evenly_among_reviews() -> None:
    cards = rows([f"t{index}" for index in range(12)])
    states = {card.id: known(card.id) for card in cards[:9]}
    new = [index for index, card in enumerate(plan(cards, states, TODAY, MODEL).cards) if card.id not in states]
    assert new == [2, 6, 10]


def test_limits_count_what_was_done_today() -> None:
    cards = rows("abcdef")
    states = {card.id: known(card.id) for card in cards[:3]}
    states["a/0"] = graded(states["a/0"], Grade.GOOD)
    states["d/3"] = graded(CardState("d/3"), Grade.AGAIN)
    assert counts(cards, states, TODAY, Limits(new=2, reviews=2)) == Counts(due=1, new=1, learning=1)
    assert counts(cards, states, TODAY + 1, Limits(new=2, reviews=9)) == Counts(due=3, new=2, learning=0)


def session(cards: list[Row], states: dict[str, CardState], forgotten: Mapping[int, str], steps: int) -> list[str]:
    """The ids shown, where the cards at the steps in ``forgotten`` are graded Again, all others Good."""
    shown: list[str] = []
    for step in range(steps):
        card = next_card(plan(cards, states, TODAY, MODEL, recent=shown))
        if card is None:
            break
        grade = Grade.AGAIN if step in forgotten else Grade.GOOD
        states[card.id] = graded(states.get(card.id, CardState(card.id)), grade)
        shown.append(card.id)
    return shown


def test_a_forgotten_card_returns_after_a_few_others() -> None:
    shown = session(rows("abcdefgh"), {}, {0: "a"}, 20)
    assert [step for step, card in enumerate(shown) if card == "a/0"] == [0, LEARNING_GAP + 1]
    assert len(shown) == 9


def test_a_forgotten_card_returns_at_once_when_nothing_else_is_left() -> None:
    assert session(rows("ab"), {}, {0: "a", 1: "b", 2: "a"}, 20) == ["a/0", "b/1", "a/0", "b/1", "a/0"]
    assert session(rows("a"), {}, {0: "a", 1: "a"}, 20) == ["a/0", "a/0", "a/0"]


def test_forgotten_cards_return_in_the_order_they_were_forgotten() -> None:
    cards = rows("abcdef")
    states = {card.id: graded(known(card.id), Grade.AGAIN) for card in cards}
    planned = plan(cards, states, TODAY, MODEL, recent=["c/2", "a/0", "b/1", "e/4", "d/3", "f/5"])
    assert ids(planned.ready) == ["c/2", "a/0"]
    assert ids(planned.waiting) == ["b/1", "e/4", "d/3", "f/5"]


def test_a_returning_card_waits_for_its_sibling_to_pass() -> None:
    shown = session(rows("abcdaefg"), {}, {0: "a"}, 20)
    assert shown[:7] == ["a/0", "b/1", "c/2", "d/3", "a/4", "e/5", "a/0"]


def test_a_card_forgotten_after_a_journey_west_still_returns() -> None:
    cards = rows("ab")
    states = {"a/0": graded(known("a/0"), Grade.AGAIN, TODAY + 1), "b/1": known("b/1", due=TODAY + 9)}
    states["a/0"] = graded(states["a/0"], Grade.AGAIN, TODAY)
    assert counts(cards, states, TODAY, Limits()) == Counts(due=0, new=0, learning=1)


def test_the_forecast_counts_overdue_cards_today_and_buried_ones_tomorrow() -> None:
    states = [
        known("a", due=TODAY - 9),
        known("b", due=TODAY),
        known("c", due=TODAY + 2),
        known("d", due=TODAY + 99),
        replace(known("e", due=TODAY), buried=TODAY),
        replace(known("f", due=TODAY), suspended=True),
        CardState("g"),
    ]
    assert forecast(states, TODAY, 4) == (2, 1, 1, 0)
    with pytest.raises(ValueError, match="forecast"):
        forecast(states, TODAY, 0)


def test_negative_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Limits(new=-1)
