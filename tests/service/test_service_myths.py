"""The myths of a deck: what the latest run of each claim made of the belief behind it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quizapp.model.receipt import Receipt
from quizapp.proof.record import Proof
from quizapp.service.library import Library
from quizapp.service.myths import Standing, Told, claims_of_myths, myths
from quizapp.service.proving import prove
from quizapp.service.receipts import keep
from quizapp.service.study import open_store
from quizapp.store.database import Store


@pytest.fixture
def database(deck: Path) -> Path:
    return deck.parent / "home" / "quizapp.db"


@pytest.fixture
def store(database: Path) -> Store:
    return open_store(database)


@pytest.fixture(scope="module")
def proofs() -> dict[str, Proof]:
    """The proof of the house's only myth, run once."""
    house = Path(__file__).parents[1] / "cli" / "data" / "house"
    library = Library(house / "questions", house / "verifiers")
    run = prove(library, claims_of_myths(library), [0], "cpu")
    return {proof.claim: proof for proof in run if isinstance(proof, Proof)}


def only(told: Iterator[Told]) -> Told:
    (found,) = told
    return found


def test_what_was_never_run_says_so_and_makes_no_database(library: Library, database: Path) -> None:
    assert only(myths(library, database)).standing is Standing.NOT_RUN
    assert not database.exists()


def test_a_myth_is_refuted_where_its_misconception_was_rejected(
    library: Library, store: Store, proofs: dict[str, Proof]
) -> None:
    keep(store, proofs["sums.gauss"])
    told = only(myths(library, store.path))
    assert (told.standing, told.seed, told.device) == (Standing.REFUTED, 0, "cpu")
    assert (told.card, told.misconception) == ("sums/pick", "leaves_out_the_last")


ANSWER = "half_of_the_rectangle"
Later = tuple[str, Callable[[Any], object]]
"""A later run: its verdict, and what is different in its record."""


def changed(receipt: Receipt, change: Callable[[Any], object]) -> Receipt:
    record = json.loads(receipt.record)
    change(record)
    return replace(receipt, record=json.dumps(record), id=receipt.id[:-1] + "x", at=receipt.at + 1)


def accepted(value: bool | None, name: str = "leaves_out_the_last") -> Callable[[Any], object]:
    def change(record: Any) -> None:
        subject = next(each for each in record["subjects"] if each["name"] == name)
        subject["accepted"] = value

    return change


@pytest.mark.parametrize(
    ("later", "standing"),
    [
        (("refuted", accepted(True)), Standing.STANDS),
        (("undecided", accepted(None)), Standing.UNDECIDED),
        (("refuted", accepted(True, "half_of_the_square")), Standing.REFUTED),
        (("refuted", accepted(False, ANSWER)), Standing.FAILED),
        (("undecided", accepted(None, ANSWER)), Standing.UNDECIDED),
        (("timeout", lambda record: record["subjects"].clear()), Standing.FAILED),
        (("skipped", lambda record: record["subjects"].clear()), Standing.SKIPPED),
    ],
)
def test_the_latest_run_decides_whatever_it_said_of_the_rest(
    library: Library, store: Store, proofs: dict[str, Proof], later: Later, standing: Standing
) -> None:
    verdict, change = later
    before = keep(store, proofs["sums.gauss"])
    store.add_receipt(replace(changed(before, change), verdict=verdict))
    assert only(myths(library, store.path)).standing is standing


def test_a_run_of_a_script_that_was_edited_since_says_nothing(
    deck: Path, reopen: Callable[[], Library], store: Store, proofs: dict[str, Proof]
) -> None:
    keep(store, proofs["sums.gauss"])
    with (deck / "verifiers" / "sums.py").open("a", encoding="utf-8") as script:
        script.write("# edited\n")
    assert only(myths(reopen(), store.path)).standing is Standing.CHANGED


def test_topics_select(library: Library, database: Path) -> None:
    assert len(list(myths(library, database, ["01"]))) == 1
    assert list(myths(library, database, ["02"])) == []
