"""What the figures mean, and that they add up."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.event import CardState, Event, Memory, Review, Shelf, Shelve, Stamp, Undo
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.report.shape import as_json
from quizapp.report.stats import HORIZON, Retention, Statistics, TopicFigures, statistics

DECK = {"conv/a": "conv", "conv/b": "conv", "loss/a": "loss"}
TODAY = 100


def stamp(seq: int, day: int) -> Stamp:
    return Stamp(f"{seq:036d}", day * 86_400_000 + seq, "device", seq, day, "UTC")


def log(*steps: tuple[str, Grade, int]) -> list[Event]:
    """Reviews by card, grade and day."""
    return [Review(stamp(seq, day), card, grade, 1000) for seq, (card, grade, day) in enumerate(steps, 1)]


def of(events: list[Event], *states: CardState, today: int = TODAY) -> Statistics:
    return statistics(events, states, [], DECK, today)


def seen(card: str, due: int, *, suspended: bool = False, buried: int | None = None) -> CardState:
    return CardState(card, Memory(1.0, 5.0), 0, 0, due, 1, 0, suspended, buried)


def test_retention_tests_only_memories_of_an_earlier_day() -> None:
    events = log(
        ("conv/a", Grade.AGAIN, 90),  # first: learning
        ("conv/a", Grade.GOOD, 90),  # same day: learning
        ("conv/a", Grade.HARD, 91),  # tested, recalled
        ("conv/b", Grade.GOOD, 91),  # first
        ("conv/a", Grade.AGAIN, 95),  # tested, forgotten
        ("conv/a", Grade.GOOD, 95),  # same day
        ("conv/b", Grade.EASY, 96),  # tested, recalled
    )
    found = of(events)
    assert found.totals.retention == Retention(reviews=3, recalled=2)
    assert found.totals.retention.rate == pytest.approx(2 / 3)
    assert of(log(("conv/a", Grade.GOOD, 90))).totals.retention.rate is None


def test_an_undone_review_counts_nowhere() -> None:
    kept = log(("conv/a", Grade.GOOD, 90), ("conv/a", Grade.GOOD, 92))
    wrong = Review(stamp(8, 91), "conv/a", Grade.AGAIN, 5000)
    undone = of([*kept, wrong, Undo(stamp(9, 91), "conv/a", wrong.stamp.id)])
    without = of(kept)
    assert undone.totals.undone == 1
    assert as_json(undone) == as_json(without) | {"totals": as_json(without)["totals"] | {"undone": 1}}


def test_an_undone_shelving_is_no_undone_review() -> None:
    shelved = Shelve(stamp(1, 90), "conv/a", Shelf.BURY)
    assert of([shelved, Undo(stamp(2, 90), "conv/a", shelved.stamp.id)]).totals.undone == 0


@pytest.mark.parametrize(
    ("days", "streak"),
    [([], 0), ([100], 1), ([99], 1), ([98], 0), ([98, 99, 100], 3), ([97, 98, 100], 1), ([96, 98, 99], 2)],
)
def test_a_streak_lasts_until_a_whole_day_is_missed(days: list[int], streak: int) -> None:
    assert of(log(*(("conv/a", Grade.GOOD, day) for day in days))).totals.streak == streak


def test_the_forecast_counts_overdue_cards_today_and_buried_ones_tomorrow() -> None:
    found = of([], seen("conv/a", due=90), seen("conv/b", due=100, buried=100), seen("loss/a", due=103))
    assert [ahead.due for ahead in found.forecast[:4]] == [1, 1, 0, 1]
    assert [ahead.day for ahead in found.forecast] == list(range(TODAY, TODAY + HORIZON))
    assert found.totals.due == 1


def test_suspended_new_and_vanished_cards_are_not_due() -> None:
    found = of([], seen("conv/a", due=90, suspended=True), CardState("conv/b"), seen("gone", due=90))
    assert sum(ahead.due for ahead in found.forecast) == found.totals.due == 0
    assert (found.totals.cards, found.totals.seen, found.totals.new, found.totals.suspended) == (3, 1, 2, 1)


def test_topics_come_in_deck_order_and_vanished_cards_last() -> None:
    found = of(log(("gone", Grade.GOOD, 99), ("loss/a", Grade.GOOD, 100)), seen("loss/a", due=100))
    assert found.topics == (
        TopicFigures("conv", 2, 0, 0, 0, 0, Retention()),
        TopicFigures("loss", 1, 1, 1, 1, 1000, Retention()),
        TopicFigures(None, 0, 0, 0, 1, 1000, Retention()),
    )


def receipt(identity: str, at: int, claim: str, verdict: str) -> Receipt:
    return Receipt(identity, at, claim, verdict, 7, "cpu", "0" * 64, "{}")


def test_a_claim_stands_by_its_latest_receipt() -> None:
    receipts = [receipt("1", 30, "v.b", "proved"), receipt("2", 20, "v.b", "refuted"), receipt("3", 9, "v.a", "error")]
    found = statistics([], [], receipts, DECK, TODAY)
    assert [(proof.receipt.id, proof.runs) for proof in found.proofs] == [("3", 1), ("1", 2)]
    assert found.verdicts == {"error": 1, "proved": 1}
    assert as_json(found)["proofs"]["claims"][1] == {
        "claim": "v.b",
        "verdict": "proved",
        "at": "1970-01-01T00:00:00.030Z",
        "seed": 7,
        "device": "cpu",
        "digest": "0" * 64,
        "receipt": "1",
        "runs": 2,
    }


CARDS = st.sampled_from([*DECK, "gone/x"])
REVIEWS = st.lists(st.tuples(CARDS, st.sampled_from(Grade), st.integers(80, 101)), max_size=40)


@given(REVIEWS, st.sets(st.integers(0, 39)))
def test_topics_days_and_grades_each_add_up_to_the_total(steps: list[tuple[str, Grade, int]], gone: set[int]) -> None:
    events = log(*steps)
    undos = [Undo(stamp(100 + at, 101), events[at].card, events[at].stamp.id) for at in gone if at < len(events)]
    found = of([*events, *undos])
    total = found.totals
    assert total.reviews + total.undone == len(events)
    assert total.undone == len(undos)
    for parts in (found.topics, found.days):
        assert sum(part.reviews for part in parts) == total.reviews
        assert sum(part.took_ms for part in parts) == total.took_ms
    assert sum(found.grades.values()) == total.reviews
    assert sum(part.recalled for part in found.days) == total.reviews - found.grades[Grade.AGAIN]
    assert sum(part.retention.reviews for part in found.topics) == total.retention.reviews
    assert sum(part.retention.recalled for part in found.topics) == total.retention.recalled
    standing = [event for event in events if event.stamp.id not in {undo.target for undo in undos}]
    assert sum(part.new for part in found.days) == len({event.card for event in standing})
    assert [part.day for part in found.days] == sorted({event.stamp.day for event in standing})
    assert total.days_studied == len(found.days)


@given(REVIEWS, st.randoms())
def test_the_order_in_which_events_are_handed_in_changes_nothing(
    steps: list[tuple[str, Grade, int]], random: Random
) -> None:
    events = log(*steps)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert of(shuffled) == of(events)


STATES = st.lists(
    st.builds(
        seen,
        st.sampled_from([*DECK, "gone/x"]),
        due=st.integers(60, 140),
        suspended=st.booleans(),
        buried=st.none() | st.integers(99, 101),
    ),
    unique_by=lambda state: state.card,
)


@given(STATES)
def test_what_is_due_today_is_the_first_day_of_the_forecast(states: list[CardState]) -> None:
    found = of([], *states)
    assert found.forecast[0].due == found.totals.due == sum(part.due for part in found.topics)
    assert found.totals.seen + found.totals.new == found.totals.cards == len(DECK)
    assert Counter(part.topic for part in found.topics) == Counter(set(DECK.values()))
