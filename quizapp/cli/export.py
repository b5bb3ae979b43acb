"""``quizapp export``: statistics and reviews for other programs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from quizapp.cli.common import db_option, library
from quizapp.cli.out import pour, tell

EXAMPLES = """\b
Examples:
  quizapp export stats --format md
  quizapp export reviews --format csv --output reviews.csv
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Export statistics or reviews, to standard output or a file."""


@command.command()
@click.option("--format", "form", type=click.Choice(["json", "csv", "md"]), default="json", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@db_option
def stats(*, form: str, output: Path | None, database: Path) -> None:
    """Totals, topics, retention, what falls due, days, and proofs with their receipts."""
    from quizapp.service.figures import stats_as

    _write([stats_as(library(), database, form)], output)


@command.command()
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@db_option
def reviews(*, form: str, output: Path | None, database: Path) -> None:
    """Every review, oldest first; undone ones are marked."""
    from quizapp.service.figures import reviews_as

    _write(reviews_as(database, form), output)


def _write(parts: Iterable[str], output: Path | None) -> None:
    if output is None:
        pour(parts)
        return
    # beside the target and then renamed: an export that fails half-way leaves the old file whole
    partial = output.with_name(f"{output.name}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    tell(f"wrote {output}")
