"""How fast the fold is, and how well the default parameters predict a real history.

    python benchmarks/scheduling.py                  # reviews per second, against py-fsrs
    python benchmarks/scheduling.py HISTORY.csv      # also calibration, for study days and 24-hour blocks

The history has the columns card_id, review_time_ms, rating (1-4), anki_type, duration_ms. Speed is
a ratio of two runs interleaved on this machine, never an absolute time.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import fsrs

from quizapp.model.event import Memory, Review, Stamp
from quizapp.model.grade import Grade
from quizapp.schedule import Fsrs6, Scheduler, replay_all, study_day

DAY_MS = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPLITS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of the history."""

    card: str
    at: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class Scored:
    """A prediction and what came of it: the card's ``nth`` review, after ``lapses`` on earlier days."""

    at: int
    predicted: float
    recalled: bool
    elapsed: int
    nth: int
    lapses: int


def made_up(cards: int, reviews: int) -> list[Review]:
    """A seeded log: ``reviews`` answers to each of ``cards`` cards, on growing gaps."""
    rng = random.Random(7)
    log: list[Review] = []
    for card in range(cards):
        day = rng.randrange(100)
        for _ in range(reviews):
            stamp = Stamp(f"e{len(log)}", day * DAY_MS + len(log), "bench", len(log), day, "UTC")
            log.append(Review(stamp, f"card{card}", rng.choices(list(Grade), (1, 1, 7, 1))[0]))
            day += rng.randrange(40)
    return log


def fold_with_oracle(log: Iterable[Review]) -> None:
    """The same fold by py-fsrs, fuzz and all."""
    scheduler = fsrs.Scheduler(learning_steps=(), relearning_steps=())
    cards: dict[str, fsrs.Card] = {}
    for event in log:
        card = cards.get(event.card) or fsrs.Card(card_id=1)
        at = EPOCH + timedelta(days=event.stamp.day)
        cards[event.card], _ = scheduler.review_card(card, fsrs.Rating(event.grade.value), at)


def seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def speed(rounds: int = 9) -> None:
    """Print reviews per CPU second of both folds and the ratio, over interleaved pairs of runs."""
    log = made_up(cards=200, reviews=20)
    ours, theirs = partial(replay_all, log, Scheduler()), partial(fold_with_oracle, log)
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratios = sorted(slow / fast for fast, slow in pairs)
    fast, slow = (len(log) / statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"fold      {fast:10,.0f} reviews/s ours, {slow:,.0f} reviews/s py-fsrs")
    print(
        f"ratio     {statistics.median(ratios):10.2f} (median of {rounds} pairs, {ratios[0]:.2f} to {ratios[-1]:.2f})"
    )


def read(path: Path) -> list[list[Answer]]:
    """The history's answers, by card, each in the order of time; ungraded rows are left out."""
    by_card: defaultdict[str, list[Answer]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["rating"] in {"1", "2", "3", "4"}:
                answer = Answer(row["card_id"], int(row["review_time_ms"]), Grade(int(row["rating"])))
                by_card[answer.card].append(answer)
    return [sorted(answers, key=lambda answer: answer.at) for answers in by_card.values()]


Elapsed = Callable[[Answer, Answer], int]
"""Whole days between two answers to one card."""


def score(answers: Sequence[Answer], believed: Elapsed, true: Elapsed, model: Fsrs6) -> Iterable[Scored]:
    """Predict each answer given on a later study day, from the days the model is told (``believed``)."""
    memory: Memory = model.outcomes(None, 0)[answers[0].grade]
    lapses = 0
    for nth, (before, answer) in enumerate(pairwise(answers), start=2):
        elapsed = believed(before, answer)
        if days := true(before, answer):
            recalled = answer.grade.recalled
            yield Scored(answer.at, model.retrievability(memory, elapsed), recalled, days, nth, lapses)
            lapses += not recalled
        memory = model.outcomes(memory, elapsed)[answer.grade]


def log_loss(scored: Sequence[Scored]) -> float:
    """Mean negative log of the chance given to what happened, which is never taken as below 1e-4.

    Only a card told to be reviewed "0 days" later is held certain, so only the 24-hour blocks feel
    this floor; the lower it is, the worse they look (1e-7 makes 1.12 of 0.81).
    """
    chances = [max(one.predicted if one.recalled else 1 - one.predicted, 1e-4) for one in scored]
    return -statistics.fmean(map(math.log, chances))


def rmse_bins(scored: Sequence[Scored]) -> float:
    """Calibration error over bins of elapsed days, review number and lapses, as in srs-benchmark."""
    bins: defaultdict[tuple[float, ...], list[Scored]] = defaultdict(list)
    for one in scored:
        bins[_bin(2.48, 3.62, one.elapsed), _bin(1.99, 1.89, one.nth), _bin(1.65, 1.73, one.lapses)].append(one)
    squares = (len(found) * _bias(found) ** 2 for found in bins.values())
    return math.sqrt(sum(squares) / len(scored))


def _bin(scale: float, base: float, value: int) -> float:
    return round(scale * base ** math.floor(math.log(value, base)), 2) if value else 0.0


def _bias(found: Sequence[Scored]) -> float:
    return statistics.fmean(one.predicted - one.recalled for one in found)


def auc(scored: Sequence[Scored]) -> float:
    """The chance that a recalled answer was predicted higher than a forgotten one; ties count half."""
    groups: defaultdict[float, list[bool]] = defaultdict(list)
    for one in scored:
        groups[one.predicted].append(one.recalled)
    wins = below = 0.0
    for predicted in sorted(groups):
        recalled = sum(groups[predicted])
        forgotten = len(groups[predicted]) - recalled
        wins += recalled * (below + forgotten / 2)
        below += forgotten
    recalled_all = sum(one.recalled for one in scored)
    return wins / (recalled_all * (len(scored) - recalled_all))


def later_splits(scored: Sequence[Scored]) -> list[Scored]:
    """What five expanding time splits test on: all but the first sixth, in time."""
    in_time = sorted(scored, key=lambda one: one.at)
    return in_time[len(in_time) - SPLITS * (len(in_time) // (SPLITS + 1)) :]


def calibration(path: Path, zone: str, rollover: int) -> None:
    """Print log loss, RMSE(bins) and AUC for elapsed study days and for elapsed 24-hour blocks."""
    cards, model = read(path), Fsrs6()

    def by_study_day(before: Answer, answer: Answer) -> int:
        return study_day(answer.at, zone, rollover) - study_day(before.at, zone, rollover)

    def by_block(before: Answer, answer: Answer) -> int:
        return (answer.at - before.at) // DAY_MS

    print(f"history   {sum(map(len, cards)):10,} answers to {len(cards):,} cards, day from {rollover:02}:00 {zone}")
    for name, believed in (("study days", by_study_day), ("24 h blocks", by_block)):
        scored = [one for answers in cards for one in score(answers, believed, by_study_day, model)]
        for part, chosen in (("all", scored), ("5 splits", later_splits(scored))):
            figures = f"log loss {log_loss(chosen):.4f}  RMSE(bins) {rmse_bins(chosen):.4f}  AUC {auc(chosen):.3f}"
            print(f"{name:12}{part:9}{figures}  ({len(chosen):,} scored)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("history", nargs="?", type=Path, help="a CSV review history")
    parser.add_argument("--zone", default="UTC", help="IANA zone of the history's study days")
    parser.add_argument("--rollover", type=int, default=4, help="hour at which its study day begins")
    options = parser.parse_args()
    speed()
    if options.history is not None:
        calibration(options.history, options.zone, options.rollover)


if __name__ == "__main__":
    main()
