"""Statistics and reviews as text for other programs.

An export of reviews holds every graded answer of the log, those undone among them with
``undone`` true; undos and shelvings themselves are the log's business, not a reader's. Its
fields are ``REVIEW``, in both formats: ``at`` in UTC, ``day`` the study day, ``grade`` 1 to 4,
``took_ms`` in milliseconds, ``confidence`` 0 to 1, ``right`` what the machine found; the last
three may be null (empty in CSV).

No format holds a character that a terminal would obey: JSON escapes it, CSV and Markdown write it out as
``<U+001B>``. JSON and CSV lose nothing by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from quizapp.model.event import Event
from quizapp.report.history import Told, iso_day, iso_time, told
from quizapp.report.shape import as_json
from quizapp.report.stats import Retention, Statistics
from quizapp.report.tables import Cell, csv_lines, markdown_table
from quizapp.sanitise import escaped

REVIEW = (
    *("id", "at", "day", "zone", "device", "seq"),
    *("card", "grade", "took_ms", "confidence", "right", "undone"),
)


class StatsFormat(StrEnum):
    """How statistics are written."""

    JSON = "json"
    CSV = "csv"
    MD = "md"


class ReviewsFormat(StrEnum):
    """How reviews are written, one a line."""

    JSONL = "jsonl"
    CSV = "csv"


def export_stats(statistics: Statistics, form: StatsFormat) -> str:
    """JSON of the shape of ``quizapp.report.shape``; CSV of the columns section, key, measure, value; Markdown."""
    writers: dict[StatsFormat, Callable[[Statistics], str]] = {
        StatsFormat.JSON: lambda found: escaped(json.dumps(as_json(found), ensure_ascii=False, indent=2)) + "\n",
        StatsFormat.CSV: lambda found: "".join(csv_lines(("section", "key", "measure", "value"), _tidy(found))),
        StatsFormat.MD: _markdown,
    }
    return writers[form](statistics)


def export_reviews(events: Sequence[Event], form: ReviewsFormat) -> Iterator[str]:
    """The export line by line, each with its end, so that a long log is never one text."""
    rows = map(_row, told(events))
    if form is ReviewsFormat.CSV:
        return csv_lines(REVIEW, rows)
    return (escaped(json.dumps(dict(zip(REVIEW, row, strict=True)), ensure_ascii=False)) + "\n" for row in rows)


def _row(one: Told) -> tuple[Cell, ...]:
    review, stamp = one.review, one.review.stamp
    return (
        *(stamp.id, iso_time(stamp.at), iso_day(stamp.day), stamp.zone, stamp.device, stamp.seq),
        *(review.card, int(review.grade), review.took_ms, review.confidence, review.right, one.undone),
    )


def _tidy(statistics: Statistics) -> Iterator[tuple[Cell, ...]]:
    """One figure a row, named by where it stands in the JSON: what a spreadsheet pivots."""
    found = as_json(statistics)
    yield from _measures("totals", "", found["totals"])
    yield from (("grades", word, "reviews", count) for word, count in found["grades"].items())
    for section, key in (("topics", "topic"), ("forecast", "day"), ("days", "day")):
        for entry in found[section]:
            yield from _measures(section, entry.pop(key), entry)
    yield from (("verdicts", verdict, "claims", count) for verdict, count in found["proofs"]["verdicts"].items())
    for entry in found["proofs"]["claims"]:
        yield from _measures("proofs", entry.pop("claim"), entry)


def _measures(section: str, key: str | None, measures: dict[str, Any]) -> Iterator[tuple[Cell, ...]]:
    for measure, value in measures.items():
        if isinstance(value, dict):
            yield from ((section, key, f"{measure}_{name}", inner) for name, inner in value.items())
        else:
            yield section, key, measure, value


def _markdown(statistics: Statistics) -> str:
    parts = [
        f"# Statistics of {iso_day(statistics.today)}\n",
        _totals(statistics),
        "## Topics\n",
        _topics(statistics),
        "## Proofs\n",
        _proofs(statistics),
        "## Due in the next 30 days\n",
        markdown_table(("day", "due"), ((iso_day(ahead.day), ahead.due) for ahead in statistics.forecast)),
        "## Days\n",
        _days(statistics),
    ]
    return "\n".join(parts)


def _totals(statistics: Statistics) -> str:
    totals = statistics.totals
    rows: list[tuple[str, Cell]] = [
        ("reviews", totals.reviews),
        *((f"graded {grade.word}", count) for grade, count in statistics.grades.items()),
        ("undone", totals.undone),
        ("retention", _percent(totals.retention)),
        ("minutes", _minutes(totals.took_ms)),
        ("cards in the deck", totals.cards),
        ("seen", totals.seen),
        ("new", totals.new),
        ("due today", totals.due),
        ("suspended", totals.suspended),
        ("days studied", totals.days_studied),
        ("days in a row", totals.streak),
    ]
    return markdown_table(("total", "value"), rows)


def _topics(statistics: Statistics) -> str:
    return markdown_table(
        ("topic", "cards", "seen", "due", "reviews", "retention", "minutes"),
        (
            (
                *(figures.topic or "(no longer in the deck)", figures.cards, figures.seen, figures.due),
                *(figures.reviews, _percent(figures.retention), _minutes(figures.took_ms)),
            )
            for figures in statistics.topics
        ),
    )


def _proofs(statistics: Statistics) -> str:
    return markdown_table(
        ("claim", "verdict", "when", "seed", "device", "digest", "runs"),
        (
            (
                *(proof.receipt.claim, proof.receipt.verdict, iso_time(proof.receipt.at), proof.receipt.seed),
                *(proof.receipt.device, proof.receipt.digest[:12], proof.runs),
            )
            for proof in statistics.proofs
        ),
    )


def _days(statistics: Statistics) -> str:
    return markdown_table(
        ("day", "reviews", "new", "recalled", "minutes"),
        (
            (iso_day(figures.day), figures.reviews, figures.new, figures.recalled, _minutes(figures.took_ms))
            for figures in statistics.days
        ),
    )


def _percent(retention: Retention) -> str | None:
    return None if retention.rate is None else f"{100 * retention.rate:.1f}%"


def _minutes(milliseconds: int) -> str:
    return f"{milliseconds / 60_000:.1f}"
