"""``quizapp grade``: a review is on disk before it is told, whatever happens to the process."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest

from quizapp.schedule.day import day_of
from quizapp.service.study import open_store

if TYPE_CHECKING:
    from tests.cli.conftest import Program

posix = pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")

GOOD = ("grade", "sums/formula", "good", "--json")


def test_every_command_tells_the_same_of_a_review(program: Program) -> None:
    told = program.run(*GOOD, code=0).json
    assert (told["card"], told["grade"]) == ("sums/formula", "good")
    assert date.fromisoformat(told["due"]) > date.fromisoformat(told["day"])

    entries = {entry["id"]: entry for entry in program.run("list", "--json", code=0).json}
    assert (entries["sums/formula"]["due"], entries["sums/formula"]["reps"]) == (told["due"], 1)
    assert {entry["due"] for card, entry in entries.items() if card != "sums/formula"} == {None}

    due = program.run("due", "--json", code=0).json
    assert (due["day"], due["due"], due["new"], due["again"]) == (told["day"], 0, 9, 0)

    (review,) = program.reviews()
    assert (review["id"], review["card"], review["day"]) == (told["id"], "sums/formula", told["day"])
    assert (review["grade"], review["undone"]) == (3, False)

    stats = program.run("stats", "--json", code=0).json
    assert (stats["totals"]["reviews"], stats["totals"]["seen"], stats["grades"]["good"]) == (1, 1, 1)
    assert {"day": told["due"], "due": 1} in stats["forecast"]
    assert program.run("export", "stats", code=0).json == stats


def test_again_is_due_the_same_day(program: Program) -> None:
    told = program.run("grade", "sums/formula", "again", "--json", code=0).json
    assert told["due"] == told["day"]
    due = program.run("due", "--json", code=0).json
    assert (due["again"], due["topics"]) == (1, {"sums": 1})
    assert "later today" in program.run("grade", "sums/pick", "again", code=0).out


def test_a_person_is_told_the_due_day(program: Program) -> None:
    said = program.run("grade", "sums/formula", "easy", code=0).out
    (entry,) = [entry for entry in program.run("list", "--json").json if entry["id"] == "sums/formula"]
    assert said.startswith("sums/formula easy, due ")
    assert entry["due"] in said


def test_an_alias_grades_the_card_it_belongs_to(program: Program) -> None:
    assert program.run("grade", "sums/old-code", "good", "--json", code=0).json["card"] == "sums/code"


def test_the_page_and_the_exports_show_a_review(program: Program) -> None:
    program.run(*GOOD, code=0)
    assert "1 of 10 cards seen" in program.run("stats", code=0).out
    (row,) = csv.DictReader(io.StringIO(program.run("export", "reviews", "--format", "csv", code=0).out))
    assert (row["card"], row["grade"], row["undone"]) == ("sums/formula", "3", "false")
    assert "# Statistics of" in program.run("export", "stats", "--format", "md", code=0).out
    assert "totals,,reviews,1" in program.run("export", "stats", "--format", "csv", code=0).out


def test_an_export_to_a_file_is_the_export_to_the_screen(program: Program) -> None:
    program.run(*GOOD, code=0)
    target = program.home / "reviews.jsonl"
    done = program.run("export", "reviews", "--output", str(target), code=0)
    assert done.out == ""
    assert target.read_text(encoding="utf-8") == program.run("export", "reviews", code=0).out
    assert sorted(path.name for path in program.home.iterdir()) == ["cache", "quizapp.db", "reviews.jsonl"]


@pytest.mark.parametrize("words", [("sums/formla", "good"), ("sums/formula", "fine")])
def test_an_unknown_card_or_grade_writes_nothing(program: Program, words: tuple[str, str]) -> None:
    assert ("sums/formula" if words[0] == "sums/formla" else "again") in program.run("grade", *words).refused()
    assert not program.database.exists()


def whole(program: Program) -> set[str]:
    """The ids in the log, once it is seen that no review is there by halves."""
    store = open_store(program.database)
    events = store.events()
    # two programs may take their moments in one order and the database in the other
    numbers = sorted(event.stamp.seq for event in events)
    assert numbers == list(range(1, len(events) + 1)), "a review is half there"
    assert store.check() == [], "a review is there without its effect"
    return {event.stamp.id for event in events}


def killed(program: Program, moment: Callable[[subprocess.Popen[str]], object]) -> set[str]:
    """Grade, kill at a moment, and return the id if it was printed whole."""
    process = program.start(*GOOD)
    moment(process)
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate()
    return {json.loads(line)["id"] for line in out.splitlines(keepends=True) if line.endswith("\n")}


@posix
def test_a_killed_grade_leaves_its_review_whole_or_not_at_all(program: Program) -> None:
    began = time.perf_counter()
    program.run(*GOOD, code=0)
    program.run(*GOOD, code=0)
    usual = (time.perf_counter() - began) / 2
    printed, rng = set[str](), random.Random(1)
    journal = program.home / "quizapp.db-journal"

    def any_time(_: subprocess.Popen[str]) -> None:
        time.sleep(rng.uniform(0.2, 1.3) * usual)

    def seen() -> tuple[int, int] | None:
        with contextlib.suppress(FileNotFoundError):
            found = journal.stat()
            return found.st_mtime_ns, found.st_size
        return None

    def while_writing(process: subprocess.Popen[str]) -> None:
        before = seen()  # a killed writer may leave a journal in which nothing stands yet
        while seen() == before and process.poll() is None:
            pass
        time.sleep(rng.uniform(0, usual / 10))

    for number in range(32):
        printed |= killed(program, while_writing if number % 2 else any_time)
        assert printed <= whole(program), "a review told as done is gone"
    assert {review["id"] for review in program.reviews()} == whole(program)
    program.run(*GOOD, code=0)


def test_two_graders_at_once_lose_nothing(program: Program) -> None:
    def grade(card: str) -> list[str]:
        return [program.run("grade", card, "good", "--json", code=0).json["id"] for _ in range(4)]

    with ThreadPoolExecutor(2) as both:  # on a database that neither finds made
        printed = [name for names in both.map(grade, ["sums/formula", "sums/formula"]) for name in names]
    assert len(set(printed)) == 8
    assert {review["id"] for review in program.reviews()} == set(printed) == whole(program)
    (state,) = open_store(program.database).states()
    assert (state.card, state.reps) == ("sums/formula", 8)


def test_the_study_day_is_named_by_the_zone(program: Program) -> None:
    """Two zones 26 hours apart never share a date at the same moment."""
    far = [program.run(*GOOD, code=0, TZ=zone).json["day"] for zone in ("Etc/GMT+12", "Pacific/Kiritimati")]
    west, east = (day_of(date.fromisoformat(day)) for day in far)
    assert east - west in (1, 2)
    assert [review["zone"] for review in program.reviews()] == ["Etc/GMT+12", "Pacific/Kiritimati"]
