"""From whatever lies at a path to a database of the present format.

A new file is made from ``db/schema.sql`` in one transaction (Alembic's own way takes a second of imports);
an older one is copied first and then taken through ``db/versions``.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from quizapp import content
from quizapp.store.door import BUSY_SECONDS, FORMAT, Found, StoreError, connect, explained, look
from quizapp.store.engine import configure, transactions, unwrapped


def prepare(path: Path, *, wait: float = BUSY_SECONDS) -> None:
    """Make the database at ``path``, or bring it up to date, or refuse it untouched with a ``StoreError``."""
    found = _mended(path, wait)
    if found is Found.CURRENT:
        return
    if found is Found.OLDER:
        upgrade(path, wait=wait)
        return
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(connect(path, mode="rwc", wait=wait)) as connection:
            configure(connection)
            create(connection)


def _mended(path: Path, wait: float) -> Found:
    """What lies at ``path`` once SQLite has rolled back what a killed writer left half done, if anything."""
    found = look(path, wait=wait)
    if not path.with_name(f"{path.name}-journal").exists():
        return found
    with explained(path), closing(connect(path, mode="rw", wait=wait)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return look(path, wait=wait)


def create(connection: sqlite3.Connection) -> None:
    """Write the schema and the device's name, all or nothing; whoever comes second finds it done."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or rolls back
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            return
        for statement in statements(schema_file().read_text(encoding="utf-8")):
            connection.execute(statement)
        name_device(connection)


def name_device(connection: sqlite3.Connection) -> None:
    """A random name, unique among the learner's machines, under which this database counts its events."""
    connection.execute("INSERT INTO meta (key, value) VALUES ('device', ?)", (secrets.token_hex(8),))


def schema_file() -> Path:
    """``db/schema.sql``, in a checkout or in a wheel."""
    return content.root() / "db" / "schema.sql"


def statements(script: str) -> Iterator[str]:
    """The statements of an SQL script one by one: ``executescript`` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def upgrade(path: Path, *, wait: float = BUSY_SECONDS) -> Path:
    """Copy the database, then migrate it in one transaction; return the copy's path."""
    from quizapp.store import migrate  # imports Alembic, which only a stored revision that differs is worth

    with explained(path):
        copy = backup(path, wait=wait)
    with unwrapped(path):
        migrate.upgrade(transactions(path, wait=wait).engine)
    if look(path, wait=wait) is not Found.CURRENT:
        raise StoreError(f"{path} could not be brought to format {FORMAT}; its copy is {copy}")
    return copy


def backup(path: Path, *, wait: float = BUSY_SECONDS) -> Path:
    """A consistent copy beside ``path`` under a name not yet taken."""
    copy = next(name for name in _names(path) if not name.exists())
    with closing(connect(path, mode="rw", wait=wait)) as source, closing(connect(copy, mode="rwc")) as target:
        source.backup(target)
    return copy


def _names(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.before-{FORMAT:04d}")
    for number in range(2, 1_000_000):
        yield path.with_name(f"{path.name}.before-{FORMAT:04d}.{number}")
