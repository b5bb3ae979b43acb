"""What a warm worker saves: the fusion proof and the whole deck, in cold processes and in warm workers, in one run.

    python benchmarks/proofs.py [--rounds 11]

A cold run starts a process inside the same walls, imports torch and proves one claim; a warm one is forked from a
worker that has torch. The first warm run, which starts the worker, is told apart.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

from quizapp.deck.claims import ClaimInfo
from quizapp.model.card import ClaimRef
from quizapp.proof.record import Proof, Verdict
from quizapp.runner import Done, Prove, Workers
from quizapp.service.library import Library
from quizapp.service.proving import prove

FUSION = ClaimRef("conv_bn_fusion", "parity")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11, help="pairs of cold and warm proofs of the fusion claim")
    rounds = parser.parse_args().rounds
    library, cold = Library.shipped(), Workers(keep=False)
    isolation = library.workers.isolation
    print(f"isolation: {isolation.level}  {isolation.by}")
    fusion(library, cold, rounds)
    deck(library, cold)
    library.workers.close()


def fusion(library: Library, cold: Workers, rounds: int) -> None:
    """Interleaved pairs, so that what disturbs the machine disturbs both."""
    first = one(library, library.workers, seed=0)
    pairs = [(one(library, cold, seed), one(library, library.workers, seed)) for seed in range(rounds)]
    colds, warms = zip(*pairs, strict=True)
    slow, fast = statistics.median(colds), statistics.median(warms)
    print(f"{FUSION}: {rounds} pairs, medians (lowest to highest)")
    print(f"  cold  {slow * 1000:7.0f} ms  ({min(colds) * 1000:.0f} to {max(colds) * 1000:.0f})")
    print(f"  warm  {fast * 1000:7.0f} ms  ({min(warms) * 1000:.0f} to {max(warms) * 1000:.0f})")
    print(f"  warm is {slow / fast:.1f} times faster; starting the worker cost {first:.1f} s once")


def one(library: Library, workers: Workers, seed: int) -> float:
    """Seconds until the proof is there."""
    began = time.perf_counter()
    run = workers.run(library.script(FUSION), [Prove(FUSION.name, seed, "cpu")])
    results = [message.result for message in run if isinstance(message, Done)]
    assert [result["verdict"] for result in results] == [Verdict.PROVED.value]
    return time.perf_counter() - began


def deck(library: Library, cold: Workers) -> None:
    """Every claim once: each in a cold process of its own, then in one warm worker, then in two."""
    claims = library.claims
    times = {"cold, a process each": timed(library, claims, 1, cold)}
    for jobs in (1, 2):
        times[f"warm, {jobs} worker{'s' * (jobs > 1)}"] = timed(library, claims, jobs)
    slowest = times["cold, a process each"]
    print(f"all {len(claims)} claims")
    for name, seconds in times.items():
        print(f"  {name:22} {seconds:6.1f} s   {slowest / seconds:5.1f} times faster than cold")


def timed(library: Library, claims: Sequence[ClaimInfo], jobs: int, workers: Workers | None = None) -> float:
    """Seconds to prove all claims, workers started beforehand."""
    began = time.perf_counter()
    running = prove(library, claims, [0], "cpu", jobs=jobs, workers=workers)
    verdicts = [told.verdict for told in running if isinstance(told, Proof)]
    assert len(verdicts) == len(claims)
    assert not any(verdict.counts_against for verdict in verdicts), verdicts
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
