"""Statistics and exports over the whole log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quizapp.model.event import CardState, Event
from quizapp.model.receipt import Receipt
from quizapp.report.export import ReviewsFormat, StatsFormat, export_reviews, export_stats
from quizapp.report.stats import Statistics, statistics
from quizapp.service.clock import Clock
from quizapp.service.library import Library
from quizapp.service.study import open_store


@dataclass(frozen=True, slots=True)
class Log:
    """Everything a database holds; empty where there is no database yet."""

    events: Sequence[Event] = ()
    states: Sequence[CardState] = ()
    receipts: Sequence[Receipt] = ()


def read_log(database: Path) -> Log:
    """Read the database without making one. Raises ``StoreError``."""
    if not database.exists():
        return Log()
    store = open_store(database)
    return Log(store.events(), store.states(), store.receipts())


def figures(library: Library, database: Path, clock: Clock | None = None) -> Statistics:
    """The statistics of today."""
    log, rows = read_log(database), library.outline()
    today = {name: row.card for row in rows for name in (*row.aliases, row.card)}
    events = [replace(event, card=today.get(event.card, event.card)) for event in log.events]
    states = [replace(state, card=today.get(state.card, state.card)) for state in log.states]
    deck = {row.card: row.topic for row in rows}
    return statistics(events, states, log.receipts, deck, (clock or Clock.local()).today())


def stats_as(library: Library, database: Path, form: str) -> str:
    """The statistics as ``json``, ``csv`` or ``md``."""
    return export_stats(figures(library, database), StatsFormat(form))


def reviews_as(database: Path, form: str) -> Iterator[str]:
    """Every review, line by line, as ``jsonl`` or ``csv``."""
    return export_reviews(read_log(database).events, ReviewsFormat(form))
