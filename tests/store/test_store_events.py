"""The log and its fold."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from quizapp.model.event import CardState, Event, Moment, Shelf, Undo
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.store.database import Difference, Fold, StaleError, Store, uuid7
from quizapp.store.fast import Today, glance

NOW = Moment(at=1_700_000_000_000, day=19_675, zone="Asia/Shanghai")


def raw(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def test_a_review_comes_back_as_it_was_recorded(store: Store, path: Path, fold: Fold) -> None:
    review, state = store.record_review("a/b", Grade.HARD, NOW, took_ms=1200, confidence=0.8, right=False)
    assert (review.card, review.grade, review.took_ms, review.confidence, review.right) == (
        *("a/b", Grade.HARD),
        *(1200, 0.8, False),
    )
    assert (review.stamp.at, review.stamp.day, review.stamp.zone) == (NOW.at, NOW.day, NOW.zone)
    again = Store.open(path, fold)
    assert (again.events(), again.states()) == ([review], [state])
    assert (again.device, again.state("a/b"), again.state("new")) == (store.device, state, CardState("new"))


def test_undo_restores_the_state_before_the_review(store: Store) -> None:
    _, before = store.record_review("a", Grade.GOOD, NOW)
    review, _ = store.record_review("a", Grade.AGAIN, NOW)
    undone = store.undo(NOW)
    assert undone is not None
    assert (undone.target, undone.state, store.state("a")) == (review, before, before)
    assert review in store.events()


def test_undo_goes_back_step_by_step_until_nothing_stands(store: Store) -> None:
    recorded: list[Event] = [store.record_review(card, Grade.GOOD, NOW)[0] for card in "abc"]
    recorded.append(store.shelve("a", Shelf.SUSPEND, NOW)[0])
    taken = []
    while undone := store.undo(NOW):
        taken.append(undone.target)
    assert taken == recorded[::-1]
    assert store.states() == [CardState(card) for card in "abc"]


def test_undo_follows_the_devices_count_where_its_clock_was_set_back(store: Store) -> None:
    store.record_review("a", Grade.GOOD, NOW)
    later, _ = store.record_review("b", Grade.GOOD, Moment(1, 0, "UTC"))
    undone = store.undo(Moment(2, 0, "UTC"))
    assert undone is not None
    assert undone.target == later


def test_undo_of_a_card_or_an_event_leaves_the_others(store: Store) -> None:
    first, _ = store.record_review("a", Grade.GOOD, NOW)
    second, _ = store.record_review("a", Grade.EASY, NOW)
    store.record_review("b", Grade.GOOD, NOW)
    by_card, by_target = store.undo(NOW, card="a"), store.undo(NOW, target=first.stamp.id)
    assert by_card is not None
    assert by_target is not None
    assert (by_card.target, by_target.target) == (second, first)
    assert store.undo(NOW, card="a") is None
    assert store.undo(NOW, target=first.stamp.id) is None
    assert store.undo(NOW, target=by_card.event.stamp.id) is None, "an undo cannot be undone"


def test_a_review_against_a_state_that_has_moved_on_is_refused(store: Store, path: Path, fold: Fold) -> None:
    seen = store.state("a")
    _, now = Store.open(path, fold).record_review("a", Grade.GOOD, NOW)
    with pytest.raises(StaleError) as caught:
        store.record_review("a", Grade.EASY, NOW, expected=seen)
    assert caught.value.state == now
    assert len(store.events()) == 1
    store.record_review("a", Grade.EASY, NOW, expected=now)


def test_a_fold_that_fails_leaves_no_event(path: Path) -> None:
    def broken(card: str, events: object) -> CardState:
        raise ZeroDivisionError

    store = Store.open(path, broken)
    with pytest.raises(ZeroDivisionError):
        store.record_review("a", Grade.GOOD, NOW)
    assert store.events() == []


@pytest.mark.parametrize("table", ["event", "receipt"])
@pytest.mark.parametrize(
    "statement",
    [
        *("DELETE FROM {0}", "UPDATE {0} SET at = at + 1", "UPDATE OR IGNORE {0} SET id = id"),
        *("REPLACE INTO {0} SELECT * FROM {0}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
    ],
)
def test_the_log_and_the_receipts_refuse_change(store: Store, path: Path, table: str, statement: str) -> None:
    store.record_review("a", Grade.GOOD, NOW)
    store.add_receipt(Receipt("r", 1, "v.c", "proved", 7, "cpu", "0" * 64, "{}"))
    before = (store.events(), store.receipts())
    with closing(raw(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement.format(table))
    assert (store.events(), store.receipts()) == before


def test_a_replaced_sequence_number_is_refused_too(store: Store, path: Path) -> None:
    store.record_review("a", Grade.GOOD, NOW)
    with closing(raw(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(
            "INSERT OR REPLACE INTO event (id, at, device, seq, day, zone, card, kind) "
            f"SELECT '{uuid.uuid4()}', at, device, seq, day, zone, card, 'bury' FROM event"
        )


EVENT: dict[str, Any] = {
    "id": str(uuid.UUID(int=1)),
    "at": 1,
    "device": "d",
    "seq": 9,
    "day": 0,
    "zone": "UTC",
    "card": "a",
    "kind": "review",
    "grade": 3,
    "took_ms": 5,
    "confidence": 0.5,
    "right": 1,
    "target": None,
}
UNDO = EVENT | {"kind": "undo", "grade": None, "took_ms": None, "confidence": None, "right": None}
BURY = UNDO | {"kind": "bury"}
STATE: dict[str, Any] = {
    "card": "a",
    "stability": 1.0,
    "difficulty": 5.0,
    "first": 0,
    "last": 0,
    "due": 1,
    "reps": 1,
    "lapses": 0,
    "suspended": 0,
    "buried": None,
}


def insert(path: Path, table: str, values: dict[str, Any]) -> None:
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
    with closing(raw(path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def test_the_rows_that_the_bad_ones_are_made_from_are_good(store: Store, path: Path) -> None:
    insert(path, "event", EVENT)
    insert(path, "event", UNDO | {"id": str(uuid.UUID(int=2)), "seq": 10, "target": EVENT["id"]})
    insert(path, "event", BURY | {"id": str(uuid.UUID(int=3)), "seq": 11})
    insert(path, "card_state", STATE)
    assert len(store.events()) == 3


@pytest.mark.parametrize(
    ("table", "values"),
    [
        *(("event", EVENT | {"grade": grade}) for grade in (None, 0, 5, "good")),
        *(("event", EVENT | {"kind": kind}) for kind in ("undo", "bury", "flag", None)),
        *(("event", EVENT | {"id": identity}) for identity in (None, "short")),
        *(("event", EVENT | {name: ""}) for name in ("device", "zone", "card")),
        *(("event", EVENT | {name: None}) for name in ("at", "device", "seq", "day", "zone", "card")),
        *(("event", EVENT | wrong) for wrong in ({"at": -1}, {"seq": 0}, {"took_ms": -1}, {"confidence": 1.1})),
        *(("event", EVENT | wrong) for wrong in ({"confidence": -0.1}, {"right": 2}, {"day": "monday"}, {"day": 0.5})),
        ("event", EVENT | {"target": str(uuid.UUID(int=7))}),
        ("event", UNDO),
        ("event", UNDO | {"target": UNDO["id"]}),
        ("event", UNDO | {"target": str(uuid.UUID(int=7))}),
        *(("event", BURY | wrong) for wrong in ({"grade": 3}, {"took_ms": 1}, {"confidence": 0.5}, {"right": 0})),
        *(("card_state", STATE | {name: None}) for name in STATE if name != "buried"),
        *(("card_state", STATE | wrong) for wrong in ({"reps": 0}, {"lapses": 2}, {"lapses": -1}, {"suspended": 2})),
        *(("card_state", STATE | wrong) for wrong in ({"stability": 0.0}, {"difficulty": 0.9}, {"difficulty": 11.0})),
    ],
)
def test_a_bad_state_cannot_be_stored(store: Store, path: Path, table: str, values: dict[str, Any]) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        insert(path, table, values)


def test_receipts_come_back_by_claim_and_in_order_of_time(store: Store) -> None:
    first, second, other = (
        Receipt(str(number), at, claim, verdict, number, "cpu", "0" * 64, '{"seconds": 1}')
        for number, (at, claim, verdict) in enumerate(
            [(20, "v.a", "refuted"), (10, "v.a", "proved"), (15, "v.b", "skipped")]
        )
    )
    for receipt in (first, second, other):
        store.add_receipt(receipt)
    assert store.receipts() == [second, other, first]
    assert store.receipts("v.a") == [second, first]
    assert store.receipts("v.c") == []


def test_a_damaged_cache_is_found_and_rebuilt(store: Store, path: Path) -> None:
    states = [store.record_review(card, Grade.GOOD, NOW)[1] for card in "abc"]
    with closing(raw(path)) as connection:
        connection.execute("UPDATE card_state SET due = due + 1 WHERE card = 'a'")
        connection.execute("DELETE FROM card_state WHERE card = 'b'")
        connection.execute("INSERT INTO card_state (card, reps, lapses, suspended) VALUES ('x', 0, 0, 0)")
    found = {difference.card: difference for difference in store.check()}
    assert found.keys() == {"a", "b", "x"}
    assert found["b"] == Difference("b", None, states[1])
    assert found["x"] == Difference("x", CardState("x"), None)
    assert store.rebuild() == 3
    assert (store.check(), store.states()) == ([], states)


def test_today_is_what_the_day_saw_without_what_was_undone(store: Store, path: Path) -> None:
    store.record_review("old", Grade.GOOD, Moment(1, 9, "UTC"))
    for number, (card, grade) in enumerate(
        [("old", Grade.AGAIN), ("a", Grade.AGAIN), ("b", Grade.EASY), ("old", Grade.AGAIN), ("c", Grade.AGAIN)]
    ):
        store.record_review(card, grade, Moment(10 + number, 10, "UTC"))
    store.undo(Moment(20, 10, "UTC"))
    store.shelve("b", Shelf.BURY, Moment(21, 10, "UTC"))
    seen = glance(path, 10)
    assert seen.states == store.states()
    assert (seen.today.new, seen.today.reviews) == (2, 4)
    assert seen.today.recent == ("old", "a", "b", "old")
    assert seen.today.again == ("a", "old")
    assert glance(path, 11).today == Today()


@given(st.integers(0, 2**48 - 1))
def test_ids_are_uuids_of_version_7_that_carry_the_time(at: int) -> None:
    first, second = uuid.UUID(uuid7(at)), uuid.UUID(uuid7(at))
    assert first != second
    assert (first.version, first.variant, first.int >> 80) == (7, uuid.RFC_4122, at)


CARDS = st.sampled_from(["a", "b/1", "卡"])
MOMENTS = st.builds(Moment, st.integers(0, 50), st.integers(-2, 5), st.sampled_from(["UTC", "Asia/Shanghai"]))
FOLD: list[Fold] = []


@pytest.fixture(autouse=True)
def _fold(fold: Fold) -> None:
    FOLD[:] = [fold]


class Life(RuleBasedStateMachine):
    """Whatever is done, by two programs in turn, in whatever order of clocks: the cache is the fold of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name) / "quizapp.db"
        self.stores = [Store.open(path, FOLD[0]) for _ in range(2)]
        self.expected: list[Event] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(who=st.integers(0, 1), card=CARDS, grade=st.sampled_from(Grade), when=MOMENTS)
    def review(self, who: int, card: str, grade: Grade, when: Moment) -> None:
        event, state = self.stores[who].record_review(card, grade, when)
        self.expected.append(event)
        assert self.stores[1 - who].state(card) == state

    @rule(who=st.integers(0, 1), card=CARDS, shelf=st.sampled_from(Shelf), when=MOMENTS)
    def shelve(self, who: int, card: str, shelf: Shelf, when: Moment) -> None:
        self.expected.append(self.stores[who].shelve(card, shelf, when)[0])

    @rule(who=st.integers(0, 1), card=CARDS | st.none(), when=MOMENTS)
    def undo(self, who: int, card: str | None, when: Moment) -> None:
        undone = self.stores[who].undo(when, card=card)
        standing = self.standing(card)
        assert (undone is None) == (not standing)
        if undone is not None:
            assert undone.target in standing
            self.expected.append(undone.event)

    @precondition(lambda self: self.expected)
    @rule()
    def rebuild(self) -> None:
        before = self.stores[0].states()
        self.stores[0].rebuild()
        assert self.stores[0].states() == before

    @invariant()
    def the_log_is_what_was_appended(self) -> None:
        log = self.stores[0].events()
        assert log == sorted(self.expected, key=lambda event: event.stamp.order)
        assert sorted(event.stamp.seq for event in log) == list(range(1, len(log) + 1))

    @invariant()
    def the_cache_is_the_fold(self) -> None:
        assert self.stores[1].check() == []

    def standing(self, card: str | None) -> list[Event]:
        undone = {event.target for event in self.expected if isinstance(event, Undo)}
        live = [event for event in self.expected if not isinstance(event, Undo) and event.stamp.id not in undone]
        return [event for event in live if card in (None, event.card)]


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)


def test_a_claims_duration_is_that_of_its_latest_receipt(store: Store) -> None:
    for at, seconds in ((3, 0.25), (1, 9.0), (2, 7.0)):
        store.add_receipt(Receipt(f"a{at}", at, "v.a", "proved", 7, "cpu", "0" * 64, f'{{"seconds": {seconds}}}'))
    store.add_receipt(Receipt("b", 1, "v.b", "error", 7, "cpu", "0" * 64, "{}"))
    assert store.durations() == {"v.a": 0.25}
