"""The first look at a database file: read-only, by the standard library, before anything is trusted.

The look goes through SQLite and never through ``open``: closing a plain descriptor would
drop the POSIX locks that this very process may hold on the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path

APPLICATION_ID = 0x51756970
"""``Quip`` in ASCII, at offset 68 of the file: it is ours and no other application's."""

FORMAT = 1
"""The newest revision in ``db/versions`` (``0001``) as a number; the file carries its own as ``user_version``.

It is known here so that a database of this format is opened without importing Alembic.
"""

BUSY_SECONDS = 10.0
"""How long a transaction waits for another program's before it gives up."""


class StoreError(Exception):
    """The database cannot be used; the message says what, where and what to do."""


class Found(Enum):
    """What lies at a path: nothing, a file without content, or a database of ours."""

    ABSENT = "absent"
    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"


def look(path: Path, *, wait: float = BUSY_SECONDS) -> Found:
    """What lies at ``path``, found out without writing a byte.

    Raises ``StoreError`` for anything that is not ours to write to: a folder, a file that is
    no database, another application's database, a newer format, a locked or unreadable file.
    """
    with explained(path):
        if path.is_dir():
            raise StoreError(f"{path} is a folder, not a database; name a file in it, such as {path / 'quizapp.db'}")
        if not path.exists():
            return Found.ABSENT
        if not path.is_file():
            raise StoreError(f"{path} is a device or a pipe, not a database; name a file")
        if path.stat().st_size == 1:  # which SQLite would take for an empty database, and write over
            raise StoreError(f"{path} {_ADVICE[sqlite3.SQLITE_NOTADB]}")
        return _judge(path, *_marks(path, wait))


def connect(path: Path, *, mode: str, wait: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection in autocommit: whoever writes says ``BEGIN IMMEDIATE`` (``mode`` is ro, rw or rwc)."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a ``StoreError`` about ``path``."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a mistake of the program's, not a state of the file
    except sqlite3.Error as error:
        raise StoreError(advice(path, error)) from error
    except OSError as error:
        raise StoreError(f"{path} cannot be used: {_plainly(error)}; {_ELSEWHERE}") from error


_ELSEWHERE = "choose another place with --db or QUIZAPP_HOME"
_ADVICE = {
    sqlite3.SQLITE_BUSY: "is locked by another program; close it, then try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program; close it, then try again",
    sqlite3.SQLITE_NOTADB: f"is not a quizapp database; it was left as it is; {_ELSEWHERE}",
    sqlite3.SQLITE_CORRUPT: "is damaged; nothing was written; restore a backup copy of it",
    sqlite3.SQLITE_READONLY: f"cannot be written to; change its permissions or {_ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened or made; check its folder's permissions or {_ELSEWHERE}",
    sqlite3.SQLITE_FULL: "could not grow: the disk is full; nothing was lost; free some space, then try again",
    sqlite3.SQLITE_IOERR: "could not be read or written by the disk; check the disk, then try again",
}


def advice(path: Path, error: sqlite3.Error) -> str:
    """What went wrong with ``path``, and what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    return f"{path} {_ADVICE.get(code, f'cannot be used; {_ELSEWHERE}')} (SQLite: {error})"


def _plainly(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{error.filename} is not a folder"
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _marks(path: Path, wait: float) -> tuple[int, int, int]:
    """The application id, the format and the number of tables and the like."""
    try:
        return _read_marks(connect(path, mode="ro", wait=wait))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
    # A killed writer left its journal, which a reader may not roll back. The next writer will,
    # and then the file is what it was: nothing, or a database whose marks ``immutable`` lets us see.
    if _was_empty(path):
        return 0, 0, 0
    return _read_marks(connect(path, mode="ro&immutable=1", wait=wait))


def _was_empty(path: Path) -> bool:
    """Whether the file had no page before the torn transaction: bytes 16 to 20 of a journal's header count them."""
    try:
        with path.with_name(f"{path.name}-journal").open("rb") as journal:
            return journal.read(20)[16:] == bytes(4)
    except FileNotFoundError:  # another program was quicker to roll it back
        return False


def _read_marks(connection: sqlite3.Connection) -> tuple[int, int, int]:
    with closing(connection):
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (revision,) = connection.execute("PRAGMA user_version").fetchone()
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return application, revision, objects


def _judge(path: Path, application: int, revision: int, objects: int) -> Found:
    if (application, revision, objects) == (0, 0, 0):
        return Found.EMPTY
    if application != APPLICATION_ID:
        raise StoreError(f"{path} is another application's database; it was left as it is; {_ELSEWHERE}")
    if revision > FORMAT:
        raise StoreError(
            f"{path} was written by a newer quizapp (format {revision}; this one knows {FORMAT}); "
            "it was left as it is; update quizapp"
        )
    return Found.CURRENT if revision == FORMAT else Found.OLDER
