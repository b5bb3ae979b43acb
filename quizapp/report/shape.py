"""Statistics as JSON objects, in a shape that scripts may rely on.

``schema`` is 1; a field is never renamed or taken away without raising it. Days are
``YYYY-MM-DD`` study days, times ISO 8601 in UTC, durations whole milliseconds, rates 0 to 1
or null where nothing was tested yet::

    {"schema": 1, "today": day,
     "totals": {"reviews", "undone", "cards", "seen", "new", "due", "suspended",
                "days_studied", "streak", "took_ms", "retention"},
     "grades": {"again", "hard", "good", "easy"},
     "topics": [{"topic" (null: no longer in the deck), "cards", "seen", "due", "reviews", "took_ms", "retention"}],
     "forecast": [{"day", "due"}],                      30 days from today on, overdue cards on the first
     "days": [{"day", "reviews", "new", "recalled", "took_ms"}],                 days with a review only
     "proofs": {"verdicts": {verdict: claims},
                "claims": [{"claim", "verdict", "at", "seed", "device", "digest", "receipt", "runs"}]}}

    retention = {"reviews", "recalled", "rate"}
"""

from __future__ import annotations

from typing import Any

from quizapp.report.history import iso_day, iso_time
from quizapp.report.stats import Proof, Retention, Statistics, TopicFigures, Totals

SCHEMA = 1


def as_json(statistics: Statistics) -> dict[str, Any]:
    """The object described above, of strings, numbers, None, lists and dicts."""
    return {
        "schema": SCHEMA,
        "today": iso_day(statistics.today),
        "totals": _totals(statistics.totals),
        "grades": {grade.word: count for grade, count in statistics.grades.items()},
        "topics": [_topic(figures) for figures in statistics.topics],
        "forecast": [{"day": iso_day(ahead.day), "due": ahead.due} for ahead in statistics.forecast],
        "days": [
            {
                "day": iso_day(figures.day),
                "reviews": figures.reviews,
                "new": figures.new,
                "recalled": figures.recalled,
                "took_ms": figures.took_ms,
            }
            for figures in statistics.days
        ],
        "proofs": {
            "verdicts": dict(statistics.verdicts),
            "claims": [_proof(proof) for proof in statistics.proofs],
        },
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "reviews": totals.reviews,
        "undone": totals.undone,
        "cards": totals.cards,
        "seen": totals.seen,
        "new": totals.new,
        "due": totals.due,
        "suspended": totals.suspended,
        "days_studied": totals.days_studied,
        "streak": totals.streak,
        "took_ms": totals.took_ms,
        "retention": _retention(totals.retention),
    }


def _retention(retention: Retention) -> dict[str, Any]:
    return {"reviews": retention.reviews, "recalled": retention.recalled, "rate": retention.rate}


def _topic(figures: TopicFigures) -> dict[str, Any]:
    return {
        "topic": figures.topic,
        "cards": figures.cards,
        "seen": figures.seen,
        "due": figures.due,
        "reviews": figures.reviews,
        "took_ms": figures.took_ms,
        "retention": _retention(figures.retention),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    receipt = proof.receipt
    return {
        "claim": receipt.claim,
        "verdict": receipt.verdict,
        "at": iso_time(receipt.at),
        "seed": receipt.seed,
        "device": receipt.device,
        "digest": receipt.digest,
        "receipt": receipt.id,
        "runs": proof.runs,
    }
