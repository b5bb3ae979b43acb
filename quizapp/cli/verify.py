"""``quizapp verify``: prove claims from the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizapp.cli.common import (
    complete_topics,
    db_option,
    deck_option,
    json_option,
    lang_option,
    library,
)
from quizapp.cli.out import put, put_json, tell, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizapp.deck.claims import ClaimInfo
    from quizapp.proof.record import Proof
    from quizapp.service.library import Library
    from quizapp.store.database import Store

EXAMPLES = """\b
Examples:
  quizapp verify conv_bn_fusion.parity
  quizapp verify conv-bn-fusion/formula --seed 7
  quizapp verify --topic 01 --seeds 0:20
  quizapp verify --myths              what cards refute; see quizapp list --myths
  quizapp verify --all --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("names", nargs=-1, metavar="[CARD|CLAIM|SCRIPT]...")
@click.option("--all", "everything", is_flag=True, help="Every claim of the deck.")
@click.option("--topic", "topics", multiple=True, shell_complete=complete_topics, help="The claims of a topic.")
@click.option("--myths", is_flag=True, help="The claims that refute a widely copied answer.")
@click.option("--seed", type=click.IntRange(0), help="The seed of the cases.  [default: 0]")
@click.option("--seeds", metavar="A:B", help="Each seed from A up to B, in one process a script; leaves no receipts.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--timeout", type=click.FloatRange(1), default=60, show_default=True, help="Seconds a claim may take.")
@click.option(
    "--receipts/--no-receipts", default=True, help="Keep a record of each run in the database.  [default: yes]"
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="processors, at most 4",
    help="Claims proved side by side, the longest first.",
)
@click.option("--list", "only_list", is_flag=True, help="List the claims instead of proving them.")
@deck_option
@json_option
@lang_option
@db_option
def command(
    *,
    names: tuple[str, ...],
    everything: bool,
    topics: tuple[str, ...],
    myths: bool,
    seed: int | None,
    seeds: str | None,
    device: str,
    timeout: float,
    receipts: bool,
    jobs: int,
    only_list: bool,
    deck: Path | None,
    as_json: bool,
    lang: str,
    database: Path,
) -> None:
    """Prove claims: the answer accepted and every misconception rejected, on every case.

    Exit code 0 only if no claim is refuted, undecided, out of time or in error (a claim that this
    machine cannot run is skipped).
    """
    if not (names or everything or topics or myths or only_list):
        raise click.UsageError(
            "say what to verify: a card, a claim, a script, --topic, --myths or --all; --list shows the claims"
        )
    if sum(map(bool, (everything, myths, names or topics))) > 1:
        raise click.UsageError("--all, --myths and a selection exclude each other")
    if seed is not None and seeds is not None:
        raise click.UsageError("--seed and --seeds exclude each other")
    from quizapp.service.myths import claims_of_myths
    from quizapp.service.proving import longest_first
    from quizapp.service.receipts import keep

    shelf = library(deck)
    claims = claims_of_myths(shelf) if myths else shelf.select(names, topics)
    if only_list:
        _list(shelf, claims, lang, as_json=as_json)
        return
    asked = parse_seeds(seeds) if seeds else [seed or 0]
    shelf.scripts()  # a deck that may not run is told before a database is made for it
    store = _ledger(database) if receipts and not seeds else None
    if jobs > 1 and store is not None:
        claims = longest_first(claims, store.durations())
    apart = _apart(shelf, claims, database) if store is not None else set()
    printer = _Printer(shelf, lang, as_json, detailed=len(claims) * len(asked) <= 3)
    seen = []
    for proof in _prove(shelf, claims, asked, device=device, timeout=timeout, jobs=jobs):
        if store is not None and proof.claim not in apart:
            keep(store, proof)
        printer.show(proof)
        seen.append(proof)
    printer.sum_up(seen)
    sys.exit(1 if any(proof.verdict.counts_against for proof in seen) else 0)


def parse_seeds(text: str) -> range:
    """``A:B`` as a range; a usage error otherwise."""
    first, _, last = text.partition(":")
    if first.isdecimal() and last.isdecimal() and int(first) < int(last):
        return range(int(first), int(last))
    raise click.BadParameter(f"{text!r}: write A:B with A below B, as in 0:20", param_hint="--seeds")


def _prove(
    shelf: Library, claims: Sequence[ClaimInfo], seeds: Sequence[int], *, device: str, timeout: float, jobs: int
) -> Iterable[Proof]:
    """The proofs as they come, with a bar on stderr where that is a terminal."""
    from quizapp.cli.progress import progress
    from quizapp.proof.record import Proof
    from quizapp.runner import Limits, Workers
    from quizapp.service.proving import prove

    # one claim takes one process, which need not import what the others would
    alone = Workers(keep=False) if len(claims) == 1 else None
    running = prove(shelf, claims, seeds, device, Limits(seconds=timeout), jobs=jobs, workers=alone)
    with progress(total=len(claims) * len(seeds)) as bar:
        for told in running:
            if isinstance(told, Proof):
                bar.advance()
                yield told
            else:
                bar.say(str(told.claim))


@dataclass(frozen=True)
class _Printer:
    """Prints each proof as it comes: JSON, in full, or in a line."""

    shelf: Library
    lang: str
    as_json: bool
    detailed: bool

    def show(self, proof: Proof) -> None:
        from quizapp.cli.verdicts import lines
        from quizapp.model.card import ClaimRef
        from quizapp.proof.paper import Paper

        if self.as_json:
            put_json({**proof.to_json(), "topic": self.shelf.topic_of(ClaimRef.parse(proof.claim))})
        elif self.detailed:
            for runs in (*Paper(self.lang, width=width()).runs(proof), ()):
                put(*runs)
        else:
            for runs in lines(proof, self.lang, width()):
                put(*runs)

    def sum_up(self, proofs: Sequence[Proof]) -> None:
        from quizapp.cli.verdicts import tally

        if not self.as_json:
            tell(tally(proofs, self.lang))


def _ledger(database: Path) -> Store:
    """Where receipts are kept. Raises ``StoreError`` now rather than after minutes of proving."""
    from quizapp.service.study import open_store

    return open_store(database)


def _apart(shelf: Library, claims: Sequence[ClaimInfo], database: Path) -> set[str]:
    """The claims of a foreign deck whose receipts would stand for ours, so that none is kept; which is said."""
    if shelf.foreign is None:
        return set()
    from quizapp.service.sharing import shared_claims, some

    asked = {str(claim.ref) for claim in claims}
    apart = [name for name in shared_claims(shelf, database) if name in asked]
    if apart:
        why = "the shipped deck has claims of that name; --db FILE keeps them apart"
        tell(f"no receipt is kept of {some(apart)}: {why}")
    return set(apart)


def _list(shelf: Library, claims: Sequence[ClaimInfo], lang: str, *, as_json: bool) -> None:
    if as_json:
        put_json([_described(shelf, claim) for claim in claims])
        return
    for claim in claims:
        put(f"{claim.ref!s:36}  {claim.statement[lang]}")


def _described(shelf: Library, claim: ClaimInfo) -> dict[str, object]:
    says = {"en": claim.statement.en, "zh": claim.statement.zh}
    wrong = {name: {"en": words.en, "zh": words.zh} for name, words in claim.misconceptions.items()}
    return {
        "claim": str(claim.ref),
        "topic": shelf.topic_of(claim.ref),
        "statement": says,
        "numeric": claim.numeric,
        "requires": claim.requires,
        "misconceptions": wrong,
    }
