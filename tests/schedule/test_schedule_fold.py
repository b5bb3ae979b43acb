"""Card state is a fold over events: laws by property, fixed histories by golden sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.event import CardState, Event, Review, Shelf, Shelve, Stamp, Undo
from quizapp.model.grade import Grade
from quizapp.schedule import Scheduler, advance, offer, replay, replay_all

CARD = "conv-bn/parity"
PLAIN, FUZZY = Scheduler(fuzz=False), Scheduler()
schedulers = st.sampled_from((PLAIN, FUZZY, Scheduler(desired_retention=0.8, maximum_interval=60)))
gaps = st.one_of(st.just(0), st.integers(0, 60))


def stamp(index: int, day: int, device: str = "a") -> Stamp:
    return Stamp(id=f"{device}{index}", at=index * 1000, device=device, seq=index, day=day, zone="UTC")


def review(index: int, day: int, grade: Grade, card: str = CARD) -> Review:
    return Review(stamp(index, day), card, grade)


@st.composite
def histories(draw: st.DrawFn) -> list[Review | Shelve]:
    """Reviews and shelvings of one card, in order, on days that sometimes run back (a journey west)."""
    steps = draw(st.lists(st.tuples(gaps, st.sampled_from((*Grade, *Shelf)), st.booleans()), max_size=12))
    events: list[Review | Shelve] = []
    day = 20_000
    for index, (gap, what, back) in enumerate(steps):
        day += -1 if back and gap == 0 else gap
        made = Shelve(stamp(index, day), CARD, what) if isinstance(what, Shelf) else review(index, day, what)
        events.append(made)
    return events


def folded(events: Sequence[Review | Shelve], scheduler: Scheduler) -> CardState:
    return reduce(lambda state, event: advance(state, event, scheduler), events, CardState(CARD))


@given(histories().filter(bool), schedulers)
def test_replay_without_undo_is_the_fold_of_advance(events: list[Review | Shelve], scheduler: Scheduler) -> None:
    assert replay(events, scheduler) == folded(events, scheduler)


@given(histories().filter(bool), schedulers, st.data())
def test_an_undo_restores_the_state_without_its_target(
    events: list[Review | Shelve], scheduler: Scheduler, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(events) - 1))
    undo = Undo(stamp(99, 20_000, "b"), CARD, events[index].stamp.id)
    expected = folded([*events[:index], *events[index + 1 :]], scheduler)
    assert replay([*events, undo], scheduler) == expected
    early = replace(undo, stamp=replace(undo.stamp, at=-1))  # by a device whose clock is behind
    assert replay([*events, early], scheduler) == expected


@given(histories().filter(bool), schedulers)
def test_undoing_everything_gives_the_new_card(events: list[Review | Shelve], scheduler: Scheduler) -> None:
    undos = [Undo(stamp(100 + i, 20_000), CARD, event.stamp.id) for i, event in enumerate(events)]
    assert replay([*events, *undos], scheduler) == CardState(CARD)


def test_an_undo_of_an_undo_or_of_the_unknown_takes_nothing_back() -> None:
    done = review(1, 20_000, Grade.GOOD)
    undo = Undo(stamp(2, 20_000), CARD, done.stamp.id)
    again = Undo(stamp(3, 20_000), CARD, undo.stamp.id)
    stray = Undo(stamp(4, 20_000), CARD, "never-seen")
    assert replay([done, undo, again], PLAIN) == CardState(CARD)
    assert replay([done, stray], PLAIN) == replay([done], PLAIN)


@given(histories().filter(bool), st.data())
def test_merging_is_a_set_union(events: list[Review | Shelve], data: st.DataObject) -> None:
    undos = [Undo(stamp(99, 20_000, "b"), CARD, events[0].stamp.id)]
    log: list[Event] = [*events, *undos]
    repeated = [*log, *data.draw(st.lists(st.sampled_from(log)))]
    assert replay(data.draw(st.permutations(repeated)), FUZZY) == replay(log, FUZZY)


@given(histories(), st.integers(0, 100), schedulers)
def test_what_is_offered_is_what_grading_gives(events: list[Review | Shelve], later: int, scheduler: Scheduler) -> None:
    state = folded(events, scheduler)
    day = 20_000 + later
    offered = offer(state, day, scheduler)
    assert offered == {grade: advance(state, review(50, day, grade), scheduler) for grade in Grade}


@given(histories(), st.integers(0, 400), schedulers)
def test_a_better_grade_is_never_answered_by_an_earlier_day(
    events: list[Review | Shelve], later: int, scheduler: Scheduler
) -> None:
    state = folded(events, scheduler)
    day = max(20_000, state.last or 0) + later
    again, hard, good, easy = (due - day for due in due_days(offer(state, day, scheduler)))
    assert again == 0
    assert 1 <= hard <= good <= easy <= scheduler.maximum_interval
    if state.new or day != state.last:
        assert hard < good or good == scheduler.maximum_interval
        assert good < easy or easy == scheduler.maximum_interval


def due_days(offered: dict[Grade, CardState]) -> list[int]:
    return [state.due for state in offered.values() if state.due is not None]


@given(histories().filter(bool))
def test_a_cards_days_never_run_backwards(events: list[Review | Shelve]) -> None:
    last = 0
    for count in range(1, len(events) + 1):
        state = replay(events[:count], FUZZY)
        assert state.last is None or state.last >= last
        assert state.due is None or state.due >= (state.last or 0) >= (state.first or 0)
        last = state.last or last


A, H, G, E = Grade


@pytest.mark.parametrize(
    ("scheduler", "grades", "due"),
    [
        (PLAIN, (G, G, G, G, G, G), [2, 13, 59, 222, 719, 2065]),
        (PLAIN, (A, G, G, G, A, G, G), [0, 1, 3, 9, 9, 10, 13]),
        (PLAIN, (H, H, G, E), [1, 4, 13, 49]),
        (PLAIN, (E, E, E, E, E), [8, 74, 471, 2346, 9611]),
        (FUZZY, (G, G, G, G, G, G), [2, 11, 55, 214, 698, 1963]),
        (FUZZY, (A, G, G, G, A, G, G), [0, 1, 3, 11, 11, 12, 15]),
        (Scheduler(desired_retention=0.8, fuzz=False), (G, G, G), [8, 83, 604]),
    ],
)
def test_golden_sequences_of_cards_graded_on_the_day_they_fall_due(
    scheduler: Scheduler, grades: tuple[Grade, ...], due: list[int]
) -> None:
    state, found, day = CardState(CARD), [], 0
    for index, grade in enumerate(grades):
        state = advance(state, review(index, day, grade), scheduler)
        assert state.due is not None
        day = state.due
        found.append(day)
    assert found == due


def test_what_each_grade_does_to_a_new_card() -> None:
    assert due_days(offer(CardState(CARD), 100, PLAIN)) == [100, 101, 102, 108]


def test_a_lapse_is_again_on_a_card_recalled_the_time_before() -> None:
    lapses, state = [], CardState(CARD)
    for index, (day, grade) in enumerate([(0, A), (0, A), (0, G), (2, A), (2, A), (3, A), (3, H), (9, A)]):
        state = advance(state, review(index, day, grade), PLAIN)
        lapses.append(state.lapses)
    assert lapses == [0, 0, 0, 1, 1, 1, 1, 2]
    assert (state.reps, state.first, state.last, state.due) == (8, 0, 9, 9)


def test_suspension_lasts_until_resumed_and_burial_for_the_day() -> None:
    suspend, resume, bury = (Shelve(stamp(i, 5), CARD, shelf) for i, shelf in enumerate(Shelf))
    suspended = advance(CardState(CARD), suspend, PLAIN)
    graded = advance(suspended, review(3, 5, G), PLAIN)
    buried = advance(CardState(CARD), bury, PLAIN)
    assert suspended.shelved(5)
    assert graded.shelved(99)
    assert not advance(graded, resume, PLAIN).shelved(5)
    assert (buried.shelved(5), buried.shelved(6)) == (True, False)
    assert not advance(buried, resume, PLAIN).shelved(5)


def test_cards_are_replayed_each_by_itself() -> None:
    log: list[Event] = [review(0, 0, G), review(1, 0, E, "other"), review(2, 2, G), Undo(stamp(3, 2), "other", "a1")]
    assert replay_all(log, PLAIN) == {CARD: replay([log[0], log[2]], PLAIN), "other": CardState("other")}


def test_damaged_logs_are_refused() -> None:
    one = review(1, 0, G)
    with pytest.raises(ValueError, match="no events"):
        replay([], PLAIN)
    with pytest.raises(ValueError, match="several cards"):
        replay([one, review(2, 0, G, "other")], PLAIN)
    with pytest.raises(ValueError, match="two different events"):
        replay([one, replace(one, grade=A)], PLAIN)
    with pytest.raises(ValueError, match="cannot advance"):
        advance(CardState("other"), one, PLAIN)


def test_a_scheduler_that_cannot_schedule_is_refused() -> None:
    for retention in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="desired retention"):
            Scheduler(desired_retention=retention)
    for days in (0, 36501):
        with pytest.raises(ValueError, match="maximum interval"):
            Scheduler(maximum_interval=days)
