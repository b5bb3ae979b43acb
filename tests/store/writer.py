"""What the store's tests run beside themselves: a simple fold, and a process that writes until it is done or killed.

``python writer.py write DATABASE COUNT`` prints each review's id once it is recorded.
``python writer.py kills DATABASE COUNT SEED`` kills that many writers at random moments and prints what came of it.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from quizapp.model.event import CardState, Event, Memory, Moment, Review, Shelf, Shelve, Undo
from quizapp.model.grade import Grade
from quizapp.store.database import Store


def fold(card: str, events: Sequence[Event]) -> CardState:
    """Counts what stands; the due day is the last review's day plus its grade, the memory remembers the order."""
    undone = {event.target for event in events if isinstance(event, Undo)}
    standing = [event for event in events if event.stamp.id not in undone]
    reviews = [event for event in standing if isinstance(event, Review)]
    shelves = [event.shelf for event in standing if isinstance(event, Shelve) and event.shelf is not Shelf.BURY]
    buried = [event.stamp.day for event in standing if isinstance(event, Shelve) and event.shelf is Shelf.BURY]
    suspended = bool(shelves) and shelves[-1] is Shelf.SUSPEND
    if not reviews:
        return CardState(card, suspended=suspended, buried=buried[-1] if buried else None)
    stability = 1.0
    for review in reviews:
        stability = stability / 2 + review.grade
    days = [review.stamp.day for review in reviews]
    return CardState(
        card,
        Memory(stability, 5.0),
        first=days[0],
        last=days[-1],
        due=days[-1] + reviews[-1].grade,
        reps=len(reviews),
        lapses=sum(not review.grade.recalled for review in reviews),
        suspended=suspended,
        buried=buried[-1] if buried else None,
    )


def write(path: Path, count: int) -> None:
    store = Store.open(path, fold, wait=60)
    for number in range(count):
        review, _ = store.record_review(f"card-{number % 3}", Grade.GOOD, Moment(number, number // 10, "UTC"))
        print(review.stamp.id, flush=True)  # noqa: T201 - a program of its own


def kills(path: Path, count: int, seed: int) -> None:
    """After each kill the store must open, and hold what was printed and nothing by halves."""
    rng = random.Random(seed)
    printed: set[str] = set()
    torn = 0
    for number in range(count):
        printed |= killed(path, delay=rng.uniform(0, 0.02), started=number % 2 == 1)
        torn += path.with_name(f"{path.name}-journal").exists()
        store = Store.open(path, fold)
        events = store.events()
        assert printed <= {event.stamp.id for event in events}, "a review printed as done is gone"
        assert sorted(event.stamp.seq for event in events) == list(range(1, len(events) + 1)), "a review is half there"
        assert store.check() == [], "a review is there without its effect"
    print(f"{len(printed)} printed, {len(events)} stored, {torn} kills torn")  # noqa: T201 - a program of its own


def killed(path: Path, delay: float, *, started: bool) -> set[str]:
    """Fork a writer, kill it after ``delay`` seconds, and return the ids that it printed whole.

    The delay runs from the fork, or from the first review that it prints.
    """
    read, written = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(written, 1)
        write(path, 10_000)
        os._exit(0)
    os.close(written)
    if started:
        select.select([read], [], [])
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        return {line.strip() for line in pipe if line.endswith("\n")}


if __name__ == "__main__":
    action, target, *numbers = sys.argv[1:]
    run: Callable[..., None] = write if action == "write" else kills
    run(Path(target), *map(int, numbers))
