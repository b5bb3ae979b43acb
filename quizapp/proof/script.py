"""What a verifier does when it is run by hand: ``python verifiers/conv_bn_fusion.py --seed 7``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from quizapp.proof.claim import BrokenClaimError
from quizapp.proof.paper import Paper
from quizapp.proof.record import Proof, Verdict
from quizapp.proof.session import Session
from quizapp.sanitise import clean, escaped


def main(arguments: list[str] | None = None) -> None:
    """Prove the claims of the running script, print the proofs, exit 0 only if all are proved.

    A claim that this machine cannot run is skipped, and does not count, unless nothing else ran.
    """
    script = Path(sys.argv[0])
    options = _parser(script).parse_args(arguments)
    try:
        session = Session(script)
        names = [options.claim] if options.claim else list(session.claims)
        verdicts = [
            _show(session.prove(name, seed, options.device), options) for seed in options.seeds for name in names
        ]
    except BrokenClaimError as error:
        sys.exit(_complain(script, error))
    ran = [verdict for verdict in verdicts if verdict is not Verdict.SKIPPED]
    sys.exit(0 if ran and set(ran) == {Verdict.PROVED} else 1)


def seed_range(text: str) -> range:
    """``A:B`` as the seeds from A up to, not including, B."""
    first, colon, last = text.partition(":")
    if not colon or not (seeds := range(int(first), int(last))):
        raise argparse.ArgumentTypeError(f"{text!r}: write A:B with A < B, as in 0:20")
    return seeds


def _show(proof: Proof, options: argparse.Namespace) -> Verdict:
    if options.json:
        print(escaped(json.dumps(proof.to_json(), ensure_ascii=False)))  # noqa: T201  # results go to stdout
        return proof.verdict
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = min(100, max(40, shutil.get_terminal_size().columns))
    print("\n".join(Paper(options.lang, colour, width).lines(proof)), end="\n\n")  # noqa: T201  # results go to stdout
    return proof.verdict


def _parser(script: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        script.name, description="Prove the claims of this script; exit 0 only if they are proved."
    )
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument(
        "--seed", dest="seeds", type=lambda text: [int(text)], default=[0], help="the seed of the cases (0)"
    )
    seeds.add_argument("--seeds", type=seed_range, metavar="A:B", help="several seeds, from A up to B")
    parser.add_argument("--claim", help="only this claim")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _complain(script: Path, error: Exception) -> int:
    print(clean(f"{script}: {error}"), file=sys.stderr)  # noqa: T201  # talk goes to stderr
    return 2
