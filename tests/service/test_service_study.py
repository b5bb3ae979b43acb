"""A sitting from day to day: what is asked, what a grade does, and what taking it back undoes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quizapp.model.event import Shelf
from quizapp.model.grade import Grade
from quizapp.schedule.queue import Limits
from quizapp.service.due import due_today
from quizapp.service.figures import figures, read_log, reviews_as, stats_as
from quizapp.service.grading import grade_card
from quizapp.service.study import Study, Turn, question_seed, refuse_unwritable
from quizapp.store.database import StaleError
from quizapp.store.door import StoreError

if TYPE_CHECKING:
    from quizapp.service.clock import Clock
    from quizapp.service.library import Library
    from tests.service.conftest import Hands


@pytest.fixture
def study(library: Library, database: Path, clock: Clock) -> Study:
    return Study(library, database, clock)


def turn(study: Study) -> Turn:
    found = study.turn()
    assert found is not None
    return found


def finish(study: Study, grade: Grade = Grade.GOOD) -> list[str]:
    """Grade until the day is done; the cards in their order."""
    asked = []
    while (now := study.turn()) is not None:
        study.grade(now, grade)
        asked.append(now.card.id)
        assert len(asked) < 100, "the day never ends"
    return asked


def test_a_grade_gives_exactly_the_interval_that_was_offered(study: Study, hands: Hands) -> None:
    for grade in (Grade.GOOD, Grade.HARD, Grade.EASY, Grade.AGAIN):
        now = turn(study)
        assert now.days[Grade.AGAIN] == 0 < now.days[Grade.HARD] < now.days[Grade.GOOD] < now.days[Grade.EASY]
        done = study.grade(now, grade)
        assert done.state.due is not None
        assert done.state.due - study.clock.today() == now.days[grade]
        hands.turn(days=9)


def test_a_graded_card_comes_back_on_its_due_day_and_not_before(study: Study, hands: Hands) -> None:
    study.topics = ("sums",)
    study.limits = Limits(new=1)
    first = turn(study)
    study.grade(first, Grade.GOOD)
    study.limits = Limits(new=0)
    for _ in range(first.days[Grade.GOOD]):
        assert study.turn() is None
        hands.turn(days=1)
    again = turn(study)
    assert again.card == first.card
    assert again.state.reps == 1


def test_a_recalled_card_waits_longer_each_time(study: Study, hands: Hands) -> None:
    study.topics, study.limits = ("sums",), Limits(new=1)
    waits = []
    for _ in range(5):
        now = turn(study)
        study.grade(now, Grade.GOOD)
        study.limits = Limits(new=0)
        waits.append(now.days[Grade.GOOD])
        hands.turn(days=waits[-1])
    assert waits == sorted(set(waits))


def test_new_cards_are_limited_by_the_day(library: Library, database: Path, clock: Clock, hands: Hands) -> None:
    study = Study(library, database, clock, limits=Limits(new=3))
    assert len(finish(study)) == 3
    assert study.unseen() == 7
    assert Study(library, database, clock, limits=Limits(new=3)).turn() is None  # nor does a restart allow more
    study.more(2)
    assert len(finish(study)) == 2
    hands.turn(days=1)
    assert turn(Study(library, database, clock, limits=Limits(new=3))).counts.new == 3


def test_a_card_graded_again_returns_the_same_day_until_it_is_recalled(study: Study) -> None:
    study.topics = ("sums",)
    first = turn(study)
    study.grade(first, Grade.AGAIN)
    others = [turn(study).card.id]
    while others[-1] != first.card.id:
        study.grade(turn(study), Grade.GOOD)
        others.append(turn(study).card.id)
    assert set(others) == {card.id for card in study.cards}
    study.grade(turn(study), Grade.GOOD)
    assert study.turn() is None


def test_an_evening_past_midnight_is_still_the_same_day(study: Study, hands: Hands) -> None:
    study.limits = Limits(new=1)
    study.grade(turn(study), Grade.GOOD)
    hands.turn(days=15 / 24)  # 03:00
    assert study.turn() is None
    hands.turn(days=1.5 / 24)  # 04:30
    assert study.turn() is not None


def test_undo_brings_the_card_back_as_it_was(study: Study) -> None:
    before = turn(study)
    study.grade(before, Grade.EASY)
    assert turn(study).card != before.card
    assert study.undo() == before.card.id
    assert turn(study) == before
    assert study.summary().reviews == 0
    assert study.undo() is None


def test_undo_goes_many_steps_back(study: Study) -> None:
    before = turn(study)
    asked = finish(study)
    assert [study.undo() for _ in asked] == asked[::-1]
    assert turn(study) == before


def test_a_card_graded_elsewhere_is_not_graded_again(study: Study, library: Library) -> None:
    now = turn(study)
    recorded = grade_card(library, study.database, now.card.id, Grade.HARD, study.clock)
    with pytest.raises(StaleError) as stale:
        study.grade(now, Grade.EASY)
    assert stale.value.state == recorded.state
    assert [event.stamp.id for event in study.store.events()] == [recorded.review.stamp.id]
    assert turn(study).card != now.card


def test_two_sittings_keep_to_one_limit_and_never_ask_one_card_twice(
    library: Library, database: Path, clock: Clock
) -> None:
    both = [Study(library, database, clock, limits=Limits(new=6)) for _ in range(2)]
    asked: list[str] = []
    while (now := both[len(asked) % 2].turn()) is not None:
        both[len(asked) % 2].grade(now, Grade.GOOD)
        asked.append(now.card.id)
    assert len(asked) == len(set(asked)) == 6


@pytest.mark.parametrize(("shelf", "tomorrow"), [(Shelf.BURY, True), (Shelf.SUSPEND, False)])
def test_a_shelved_card_is_not_asked(study: Study, hands: Hands, shelf: Shelf, tomorrow: bool) -> None:
    first = turn(study).card
    study.shelve(first, shelf)
    assert first.id not in finish(study)
    hands.turn(days=1)
    assert (first.id in finish(study)) is tomorrow


def test_only_the_cards_of_the_chosen_topics_are_asked(library: Library, database: Path, clock: Clock) -> None:
    study = Study(library, database, clock, topics=("02",))
    assert {name.partition("/")[0] for name in finish(study)} == {"trouble"}


def test_a_summary_counts_what_was_answered(study: Study) -> None:
    study.grade(turn(study), Grade.GOOD, took_ms=1500, right=True, confidence=0.8)
    study.grade(turn(study), Grade.AGAIN, took_ms=500, right=False)
    study.grade(turn(study), Grade.HARD)
    summary = study.summary()
    assert (summary.reviews, summary.cards, summary.took_ms) == (3, 3, 2000)
    assert (summary.right, summary.judged) == (1, 2)
    assert summary.grades == {Grade.AGAIN: 1, Grade.HARD: 1, Grade.GOOD: 1, Grade.EASY: 0}
    assert summary.tomorrow == summary.next_days[0]
    assert len(summary.next_days) == 7


def test_a_question_keeps_its_seed_until_its_card_is_graded(
    study: Study, library: Library, database: Path, clock: Clock
) -> None:
    now = turn(study)
    assert turn(Study(library, database, clock)).seed == now.seed == question_seed(now.card.id, 0)
    study.grade(now, Grade.AGAIN)
    assert question_seed(now.card.id, 1) != now.seed


def test_the_seed_of_a_question_is_the_same_on_every_machine() -> None:
    """Golden: a change here would change a question between its asking and its answering."""
    assert [question_seed("sums/number", reps) for reps in range(3)] == [5520421, 13095671, 8933271]
    assert len({question_seed(f"card/{n}", reps) for n in range(40) for reps in range(25)}) > 990


def test_looking_makes_no_file(study: Study, database: Path, clock: Clock, library: Library) -> None:
    study.turn()
    study.unseen()
    study.summary()
    due_today(library, database, clock)
    assert figures(library, database, clock).totals.reviews == 0
    assert stats_as(library, database, "json")
    assert list(reviews_as(database, "jsonl")) == []
    assert read_log(database).events == ()
    assert not database.parent.exists()


def test_figures_are_those_of_what_was_graded(study: Study, library: Library, hands: Hands) -> None:
    study.grade(turn(study), Grade.GOOD)
    study.grade(turn(study), Grade.AGAIN)
    today = figures(library, study.database, study.clock)
    assert (today.totals.reviews, today.totals.seen, today.totals.new) == (2, 2, 8)
    due = due_today(library, study.database, study.clock)
    assert (due.counts.due, due.counts.learning) == (0, 1)
    assert sum(due.topics.values()) == today.totals.due == 1
    hands.turn(days=1)
    tomorrow = due_today(library, study.database, study.clock)
    assert (tomorrow.counts.learning, tomorrow.counts.due >= 1) == (0, True)


def test_a_place_that_cannot_be_written_is_refused_before_the_first_card(database: Path) -> None:
    database.parent.write_text("no folder", encoding="utf-8")
    with pytest.raises(StoreError, match="is not a folder"):
        refuse_unwritable(database)


def test_a_place_that_can_be_written_is_left_as_it_is(study: Study) -> None:
    refuse_unwritable(study.database)
    first = turn(study)  # an empty file is a database without reviews
    study.grade(first, Grade.GOOD)
    before = study.database.read_bytes()
    refuse_unwritable(study.database)
    assert study.database.read_bytes() == before
