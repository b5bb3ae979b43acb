"""What is not ours is refused with a clear word, and left as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from quizapp.model.event import Moment
from quizapp.model.grade import Grade
from quizapp.store.database import Fold, Store
from quizapp.store.door import APPLICATION_ID, FORMAT, Found, StoreError, look
from quizapp.store.fast import glance

Opener = Callable[[Path], object]


@pytest.fixture(params=["store", "glance"])
def opener(request: pytest.FixtureRequest, fold: Fold) -> Opener:
    """Both ways in: the learner must get the same word by either."""
    if request.param == "store":
        return lambda path: Store.open(path, fold, wait=0.05)
    return lambda path: glance(path, 0, wait=0.05)


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def refused(opener: Opener, path: Path, *words: str) -> None:
    """The error names the path, says ``words``, and neither the file nor its folder has changed."""
    before, beside = path.read_bytes(), sorted(path.parent.iterdir())
    with pytest.raises(StoreError) as caught:
        opener(path)
    for word in (str(path), *words):
        assert word in str(caught.value)
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == (before, beside)


@pytest.mark.parametrize("text", [b"x", b"hello\n" * 3, b"dear diary " * 1000, b"SQLite format 3\0", b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused(opener: Opener, tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "quizapp.db"
    path.write_bytes(text)
    refused(opener, path)


def test_another_applications_database_is_refused(opener: Opener, tmp_path: Path) -> None:
    for number, statement in enumerate(("PRAGMA application_id = 7", "PRAGMA user_version = 3", "CREATE TABLE t (x)")):
        refused(opener, database(tmp_path / f"{number}.db", statement), "another application", "left as it is")


def test_a_newer_database_is_refused(opener: Opener, store: Store, path: Path) -> None:
    database(path, f"PRAGMA user_version = {FORMAT + 1}")
    refused(opener, path, "newer quizapp", "update quizapp")


def test_a_database_of_ours_without_its_tables_is_refused(opener: Opener, tmp_path: Path) -> None:
    marks = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {FORMAT}")
    refused(opener, database(tmp_path / "bare.db", *marks), "no such table")


def test_a_folder_is_refused(opener: Opener, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        opener(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
def test_a_pipe_is_refused_without_waiting_for_its_other_end(opener: Opener, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="a pipe"):
        opener(tmp_path / "pipe")


def test_a_place_below_a_file_is_refused(tmp_path: Path, fold: Fold) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(StoreError, match=r"file is not a folder.*QUIZAPP_HOME"):
        Store.open(tmp_path / "file" / "quizapp.db", fold)
    assert (tmp_path / "file").read_text() == "kept"


# As another user, where the tests run as root, whom permissions do not stop.
_UNWRITABLE = """
import os, sys
from pathlib import Path
from quizapp.model.grade import Grade
from quizapp.store.database import Store
from quizapp.store.door import StoreError
from quizapp.store.fast import glance
from quizapp.model.event import CardState, Moment
from quizapp import content
content.root()
if os.getuid() == 0:
    os.setgid(65534), os.setuid(65534)
folder = Path(sys.argv[1])
print(len(glance(folder / "quizapp.db", 0).states))
for name in ("quizapp.db", "new.db", "new/new.db"):
    try:
        store = Store.open(folder / name, lambda card, events: CardState(card))
        store.record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
    except StoreError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_an_unwritable_place_can_be_read_and_is_refused_for_writing(fold: Fold) -> None:
    # not below tmp_path, whose parents another user may not enter
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store.open(folder / "quizapp.db", fold)
        store.record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
        folder.chmod(0o555)
        script = [sys.executable, "-c", _UNWRITABLE, name]
        done = subprocess.run(script, capture_output=True, text=True, check=False)
        folder.chmod(0o700)
        left = store.events()
    assert done.returncode == 0, done.stderr
    first, *errors = done.stdout.splitlines()
    assert first == "1"
    assert len(errors) == 3
    assert all(name in error and "QUIZAPP_HOME" in error for error in errors), errors
    assert len(left) == 1


def test_a_locked_database_is_named_as_such_after_the_wait(store: Store, path: Path, fold: Fold) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        hasty = Store.open(path, fold, wait=0.05)
        with pytest.raises(StoreError, match=r"locked by another program.*try again"):
            hasty.record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
        other.execute("ROLLBACK")
    assert hasty.events() == []


def test_a_wholly_locked_database_is_named_as_such_by_both_doors(opener: Opener, store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked by another program"):
            opener(path)


def test_an_empty_file_becomes_a_database(tmp_path: Path, fold: Fold) -> None:
    path = tmp_path / "quizapp.db"
    path.touch()
    assert look(path) is Found.EMPTY
    assert glance(path, 0).states == []
    assert path.stat().st_size == 0
    Store.open(path, fold)
    assert look(path) is Found.CURRENT


def test_a_glance_at_nothing_makes_nothing(tmp_path: Path) -> None:
    assert glance(tmp_path / "new" / "quizapp.db", 0).states == []
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_signs_of_a_uri_is_a_path(tmp_path: Path, fold: Fold) -> None:
    path = tmp_path / "a?mode=ro#%20 b" / "quizapp.db"
    Store.open(path, fold).record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
    assert len(glance(path, 0).states) == 1
    assert path.is_file()


def test_writers_sync_the_folder_too_and_use_no_wal(store: Store) -> None:
    with store._transactions.writing() as session:
        connection = session.connection()
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys")]
        assert found == [3, 1]
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
