"""What is exported can be read back, and holds all of it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.model.event import CardState, Event, Memory, Review, Shelf, Shelve, Stamp, Undo
from quizapp.model.grade import Grade
from quizapp.model.receipt import Receipt
from quizapp.report.export import REVIEW, ReviewsFormat, StatsFormat, export_reviews, export_stats
from quizapp.report.shape import as_json
from quizapp.report.stats import statistics
from quizapp.report.tables import csv_lines, markdown_table, width

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
REVIEWS = st.builds(
    Review,
    st.builds(
        Stamp,
        st.uuids().map(str),
        st.integers(0, 4_000_000_000_000),
        TEXT,
        st.integers(1, 10**9),
        st.integers(-1, 40_000),
        st.sampled_from(["UTC", "Asia/Shanghai"]),
    ),
    TEXT | st.sampled_from(["conv/a", "=1+1", "@x", "'quoted", 'a,"b"\r\nc', "卷积/一"]),
    st.sampled_from(Grade),
    st.none() | st.integers(0, 10**7),
    st.none() | st.floats(0, 1),
    st.none() | st.booleans(),
)
LOG = st.lists(REVIEWS, max_size=8, unique_by=lambda review: review.stamp.id)


def parsed(fields: dict[str, Any]) -> tuple[Review, bool]:
    """The review of one line's fields, and whether it was undone."""
    at = (datetime.fromisoformat(fields["at"]) - EPOCH) // timedelta(milliseconds=1)
    day = (datetime.fromisoformat(f"{fields['day']}T00:00:00Z") - EPOCH).days
    stamp = Stamp(fields["id"], at, fields["device"], fields["seq"], day, fields["zone"])
    rest = (fields[name] for name in ("took_ms", "confidence", "right"))
    return Review(stamp, fields["card"], Grade(fields["grade"]), *rest), fields["undone"]


def unspelt(text: str) -> str:
    """``text`` with its ``<U+001B>`` read back."""
    return re.sub("<U\\+([0-9A-F]{4,6})>", lambda found: chr(int(found[1], 16)), text)


def from_csv(text: str) -> list[dict[str, Any]]:
    """CSV has no types: numbers and truths are read as JSON, a text without its apostrophe and what it spells out."""
    rows = []
    for row in csv.DictReader(io.StringIO(text, newline="")):
        fields: dict[str, Any] = {}
        for name, value in row.items():
            if name in ("seq", "grade", "took_ms", "confidence", "right", "undone"):
                fields[name] = json.loads(value) if value else None
            else:
                fields[name] = unspelt(value.removeprefix("'"))
        rows.append(fields)
    return rows


@given(LOG, st.sets(st.integers(0, 7)))
def test_reviews_come_back_from_both_formats(reviews: list[Review], gone: set[int]) -> None:
    undone = [reviews[at] for at in gone if at < len(reviews)]
    undos: list[Event] = [Undo(review.stamp, review.card, review.stamp.id) for review in undone]
    events = [*reviews, *undos, *(Shelve(review.stamp, review.card, Shelf.BURY) for review in reviews)]
    expected = [(review, review in undone) for review in reviews]

    lines = list(export_reviews(events, ReviewsFormat.JSONL))
    assert all(line.endswith("\n") and "\n" not in line[:-1] for line in lines)
    assert [parsed(json.loads(line)) for line in lines] == expected
    assert [parsed(row) for row in from_csv("".join(export_reviews(events, ReviewsFormat.CSV)))] == expected


def test_a_line_has_the_documented_fields_in_times_that_people_read() -> None:
    review = Review(
        Stamp("id", 1_772_338_016_789, "d", 3, 20_513, "Asia/Shanghai"), "conv/卡", Grade.HARD, 9, 0.5, True
    )
    (line,) = export_reviews([review], ReviewsFormat.JSONL)
    assert json.loads(line) == {
        "id": "id",
        "at": "2026-03-01T04:06:56.789Z",
        "day": "2026-03-01",
        "zone": "Asia/Shanghai",
        "device": "d",
        "seq": 3,
        "card": "conv/卡",
        "grade": 2,
        "took_ms": 9,
        "confidence": 0.5,
        "right": True,
        "undone": False,
    }
    assert tuple(json.loads(line)) == REVIEW
    assert "卡" in line


@pytest.mark.parametrize("form", ReviewsFormat)
def test_no_reviews_are_an_export_without_rows(form: ReviewsFormat) -> None:
    assert len(list(export_reviews([], form))) == (form is ReviewsFormat.CSV)


@given(st.sampled_from("=+-@\t\r\n'"), st.text(max_size=5))
def test_no_cell_of_text_starts_as_a_formula(sign: str, rest: str) -> None:
    text = "".join(csv_lines(["name", "number"], [(sign + rest, -1)]))
    _, (cell, number) = csv.reader(io.StringIO(text, newline=""))
    assert cell.startswith("'")
    assert (unspelt(cell.removeprefix("'")), number) == (sign + rest, "-1")


@given(st.text())
def test_no_export_holds_what_a_terminal_would_obey_and_none_loses_it(text: str) -> None:
    card = f"{text}\x1b[2J\x9b\x7f\u202e<U+001B>"
    review = Review(Stamp("id", 1, "d", 3, 20_513, "UTC"), card, Grade.HARD, 9)
    for form in ReviewsFormat:
        exported = "".join(export_reviews([review], form)).replace("\r\n", "\n")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", exported)
        rows = [json.loads(exported)] if form is ReviewsFormat.JSONL else from_csv(exported)
        assert [row["card"] for row in rows] == [card]


DECK = {"conv/a": "conv", "loss/a": "loss"}


def sample() -> dict[str, Any]:
    reviews = [
        Review(Stamp(f"{seq:036d}", seq, "d", seq, 20_000 + seq, "UTC"), card, Grade.GOOD, 30_000)
        for seq, card in enumerate(["conv/a", "conv/a", "gone"], 1)
    ]
    receipts = [Receipt("r", 5, "conv_bn.parity", "proved", 7, "cpu", "ab" * 32, "{}")]
    states = [CardState("conv/a", Memory(1.0, 5.0), 20_001, 20_002, 20_004, 2)]
    return {"statistics": statistics(reviews, states, receipts, DECK, 20_004)}


def test_the_json_of_statistics_is_the_documented_shape() -> None:
    found = json.loads(export_stats(form=StatsFormat.JSON, **sample()))
    assert found == as_json(**sample())
    assert list(found) == ["schema", "today", "totals", "grades", "topics", "forecast", "days", "proofs"]
    assert (found["schema"], found["today"], len(found["forecast"])) == (1, "2024-10-08", 30)
    assert found["totals"] == {
        "reviews": 3,
        "undone": 0,
        "cards": 2,
        "seen": 1,
        "new": 1,
        "due": 1,
        "suspended": 0,
        "days_studied": 3,
        "streak": 3,
        "took_ms": 90_000,
        "retention": {"reviews": 1, "recalled": 1, "rate": 1.0},
    }
    assert found["grades"] == {"again": 0, "hard": 0, "good": 3, "easy": 0}
    assert [topic["topic"] for topic in found["topics"]] == ["conv", "loss", None]
    assert found["days"][0] == {"day": "2024-10-05", "reviews": 1, "new": 1, "recalled": 1, "took_ms": 30_000}


def leaves(found: Any) -> int:
    """Figures in a JSON value; the lists' own keys are not figures."""
    if isinstance(found, dict):
        return sum(leaves(value) for value in found.values())
    return sum(leaves(value) - 1 for value in found) if isinstance(found, list) else 1


def test_the_csv_of_statistics_holds_every_figure_of_the_json() -> None:
    rows = list(csv.DictReader(io.StringIO(export_stats(form=StatsFormat.CSV, **sample()), newline="")))
    assert len(rows) == leaves(as_json(**sample())) - len(["schema", "today"])
    places = {(row["section"], row["key"], row["measure"]): row["value"] for row in rows}
    assert len(places) == len(rows)
    assert places["totals", "", "retention_rate"] == "1.0"
    assert places["topics", "conv", "reviews"] == "2"
    assert places["topics", "", "reviews"] == "1"
    assert places["proofs", "conv_bn.parity", "verdict"] == "proved"
    assert places["forecast", "2024-10-08", "due"] == "1"


def test_the_markdown_of_statistics_is_aligned_and_whole() -> None:
    text = export_stats(form=StatsFormat.MD, **sample())
    for table in (part.splitlines() for part in text.split("\n\n") if part.startswith("|")):
        assert len({width(line) for line in table}) == 1, "\n".join(table)
    assert "| conv " in text
    assert "(no longer in the deck)" in text
    assert "| conv_bn.parity | proved  | 1970-01-01T00:00:00.005Z |" in text


CELLS = st.text(max_size=6) | st.integers() | st.none()


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_a_markdown_table_keeps_its_columns_whatever_the_cells_say(rows: list[tuple[str | int | None, ...]]) -> None:
    lines = markdown_table(("一", "b"), rows).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(rows) + 2
    assert len({width(line) for line in lines}) == 1
    assert {line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines} == {3}


def test_no_control_sign_of_a_cell_reaches_a_terminal() -> None:
    table = markdown_table(("name",), [("\x1b[31mred\x9b0m\r\n",)])
    assert all(sign.isprintable() for sign in table.replace("\n", ""))


def test_numbers_stand_to_the_right() -> None:
    assert markdown_table(("topic", "share"), [("卷积", "5.0%"), ("loss", None)]) == (
        "| topic | share |\n| ----- | ----: |\n| 卷积  |  5.0% |\n| loss  |     – |\n"
    )
