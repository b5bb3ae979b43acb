"""``quizapp new``: skeletons for a deck's author."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from quizapp.cli.out import put, tell

F = TypeVar("F", bound=Callable[..., Any])

EXAMPLES = """\b
Examples:
  quizapp new topic 31-gradient-accumulation --deck mydeck
  quizapp new verifier optimiser_steps.steps --topic 31 --number --deck mydeck
  quizapp new card gradient-accumulation/steps --kind number --claim optimiser_steps.steps --deck mydeck
"""


def deck_option(command: F) -> F:
    """``--deck``: where to write; the folder that one stands in, if it is a deck."""
    folder = click.Path(file_okay=False, path_type=Path)
    said = "The deck to write into.  [default: this folder, if it holds questions/ and verifiers/]"
    return click.option("--deck", type=folder, help=said)(command)


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Write a skeleton into a deck: valid as it stands, with TODO where something is to be written."""


@command.command("topic", epilog="\b\nExamples:\n  quizapp new topic 31-gradient-accumulation --deck mydeck\n")
@click.argument("name", metavar="NN-SLUG")
@deck_option
def topic(*, name: str, deck: Path | None) -> None:
    """Write a topic with a verifier and a first card; a new deck too, where --deck names no folder yet."""
    from quizapp.service.authoring import new_topic

    _tell(new_topic(_deck(deck, new=True), name), deck)


@command.command("verifier", epilog="\b\nExamples:\n  quizapp new verifier warmup_steps.ramp --topic 19\n")
@click.argument("claim", metavar="SCRIPT.CLAIM")
@click.option("--topic", required=True, help="The topic that lists it, by number or slug.")
@click.option("--number", "numeric", is_flag=True, help="A claim that computes a number, for number cards.")
@deck_option
def verifier(*, claim: str, topic: str, numeric: bool, deck: Path | None) -> None:
    """Write a script with one claim, proved as it stands, and list it in its topic."""
    from quizapp.service.authoring import new_verifier

    _tell(new_verifier(_deck(deck), claim, topic, numeric=numeric), deck)


@command.command(
    "card", epilog="\b\nExamples:\n  quizapp new card warmup/why --kind choice --claim warmup_steps.ramp\n"
)
@click.argument("card", metavar="TOPIC/CARD")
@click.option(
    "--kind",
    type=click.Choice(["recall", "choice", "number", "code"]),
    required=True,
    help="What the card asks of a learner.",
)
@click.option("--claim", required=True, metavar="SCRIPT.CLAIM", help="The claim that proves it.")
@deck_option
def card(*, card: str, kind: str, claim: str, deck: Path | None) -> None:
    """Write a card at the end of its topic, with the options, givens or signature that its claim knows."""
    from quizapp.model.card import Kind
    from quizapp.service.authoring import new_card

    _tell(new_card(_deck(deck), card, Kind(kind), claim), deck)


def _deck(folder: Path | None, *, new: bool = False) -> Path:
    deck = folder or Path()
    if new and folder is not None:
        return deck
    if not ((deck / "questions").is_dir() and (deck / "verifiers").is_dir()):
        raise click.UsageError(f"{deck.resolve()} holds no questions/ and verifiers/; name the deck with --deck DIR")
    return deck


def _tell(paths: Sequence[Path], deck: Path | None) -> None:
    for path in paths:
        put(str(path))
    where = f" --deck {deck}" if deck else ""
    tell(f"fill in each TODO, then: quizapp lint{where}")
