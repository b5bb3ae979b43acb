"""Statistics on one page of a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from quizapp.report.stats import Retention, Statistics, TopicFigures
from quizapp.sanitise import line
from quizapp.schedule.day import date_of

AHEAD = 14  # days of the forecast that fit without scrolling


def page(found: Statistics) -> Group:
    """Totals, topics, what falls due, and the proofs."""
    parts: list[RenderableType] = [_totals(found), Text(), _topics(found), Text(), _forecast(found)]
    if found.proofs:
        parts += [Text(), _proofs(found)]
    return Group(*parts)


def _totals(found: Statistics) -> Text:
    totals = found.totals
    text = Text()
    text.append(f"{totals.reviews}", style="bold")
    text.append(
        f" reviews on {totals.days_studied} days, {totals.streak} in a row · retention {_rate(totals.retention)}\n"
    )
    text.append(f"{totals.seen} of {totals.cards} cards seen · {totals.due} due today")
    return text


def _topics(found: Statistics) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("topic")
    for name in ("seen", "due", "reviews", "retention"):
        table.add_column(name, justify="right")
    for topic in found.topics:
        table.add_row(Text(line(topic.topic or "(left the deck)")), *_cells(topic))
    return table


def _cells(topic: TopicFigures) -> tuple[str, ...]:
    seen = f"{topic.seen}/{topic.cards}"
    return seen, str(topic.due), str(topic.reviews), _rate(topic.retention)


def _forecast(found: Statistics) -> Table:
    most = max([day.due for day in found.forecast[:AHEAD]] + [1])
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("falls due")
    table.add_column("", justify="right")
    table.add_column("")
    for day in found.forecast[:AHEAD]:
        bar = "█" * round(24 * day.due / most)
        table.add_row(f"{date_of(day.day):%a %d %b}", str(day.due), Text(bar, style="cyan"))
    return table


def _proofs(found: Statistics) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("claim", "verdict", "seed", "device"):
        table.add_column(name)
    table.add_column("runs", justify="right")
    for proof in found.proofs:
        receipt = proof.receipt
        style = "green" if receipt.verdict == "proved" else "red"
        verdict = Text(line(receipt.verdict), style=style)
        claim, device = Text(line(receipt.claim)), Text(line(receipt.device))
        table.add_row(claim, verdict, str(receipt.seed), device, str(proof.runs))
    return table


def _rate(retention: Retention) -> str:
    return "–" if retention.rate is None else f"{retention.rate:.0%}"
