"""Several processes on one file, and processes that die."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.model.event import Moment
from quizapp.model.grade import Grade
from quizapp.store.database import Fold, Store
from quizapp.store.fast import glance

posix = pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")


def test_two_processes_lose_no_review_of_each_other(path: Path, writer: Path, fold: Fold) -> None:
    Store.open(path, fold)
    arguments = [sys.executable, str(writer), "write", str(path), "300"]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate()[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]

    store = Store.open(path, fold)
    events = store.events()
    assert {event.stamp.id for event in events} == {*printed[0], *printed[1]}
    assert sorted(event.stamp.seq for event in events) == list(range(1, 601))
    assert sum(state.reps for state in store.states()) == 600
    assert store.check() == []


@posix
def test_a_killed_writer_leaves_each_review_whole_or_not_at_all(path: Path, writer: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(writer), "kills", str(path), "60", "7"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 30, done.stdout  # every second writer was killed after its first review


# A cache of one page makes SQLite write the file before the commit: the kill leaves a hot journal for certain.
_TORN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size=1")
connection.execute("BEGIN IMMEDIATE")
for number in range(2000):
    row = (f"{number:036d}", "torn", number + 1, "x" * 500)
    connection.execute(
        "INSERT INTO event (id, at, device, seq, day, zone, card, kind) VALUES (?, 0, ?, ?, 0, 'UTC', ?, 'bury')", row
    )
os.kill(os.getpid(), signal.SIGKILL)
"""


def torn(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _TORN, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("quizapp.db-journal").exists()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True).execute("SELECT * FROM event")


@posix
def test_a_torn_transaction_is_rolled_back_by_whoever_opens_next(store: Store, path: Path, fold: Fold) -> None:
    review, state = store.record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
    torn(path)
    opened = Store.open(path, fold)
    assert opened.events() == [review]
    assert opened.states() == [state]


@posix
def test_a_torn_transaction_is_rolled_back_by_a_glance(store: Store, path: Path) -> None:
    _, state = store.record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
    torn(path)
    seen = glance(path, 0)
    assert (seen.states, seen.today.recent) == ([state], ("a",))


@posix
def test_a_database_whose_making_was_killed_is_made_anew(store: Store, path: Path, fold: Fold) -> None:
    """The whole file is in the torn transaction: rolled back, nothing is left of it."""
    script = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('PRAGMA cache_size=1')\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        f"connection.execute('PRAGMA application_id = {0x51756970}')\n"
        "connection.execute('PRAGMA user_version = 1')\n"
        "connection.execute('CREATE TABLE event (id TEXT)')\n"
        "for number in range(2000):\n"
        "    connection.execute('INSERT INTO event VALUES (?)', ('x' * 500,))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    other = path.with_name("torn.db")
    subprocess.run([sys.executable, "-c", script, str(other)], check=False)
    assert other.stat().st_size > 0
    assert glance(other, 0).states == []
    assert Store.open(other, fold).events() == []
