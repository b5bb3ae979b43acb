"""``python -m quizapp.store.schema``: write ``db/schema.sql`` anew from the history in ``db/versions``.

``python -m quizapp.store.schema "what changes"`` first drafts the next revision from the models.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing

from alembic import command
from sqlalchemy import Engine, StaticPool, create_engine

from quizapp.store import migrate
from quizapp.store.door import APPLICATION_ID
from quizapp.store.prepare import schema_file

_HEADER = """\
-- What a new database is made of. Generated from db/versions by python -m quizapp.store.schema; do not edit.
PRAGMA application_id = {application};
PRAGMA user_version = {revision};

"""


_STAMP = "INSERT INTO alembic_version (version_num) VALUES ('{revision:04d}');\n"


def generate() -> str:
    """The script that makes a database of the newest format, stamped as such."""
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate.upgrade(_engine(connection))
        (revision,) = connection.execute("PRAGMA user_version").fetchone()
        header = _HEADER.format(application=APPLICATION_ID, revision=revision)
        stamp = _STAMP.format(revision=revision)
        return header + "\n".join(f"{sql};\n" for sql in objects(connection)) + "\n" + stamp


def objects(connection: sqlite3.Connection) -> list[str]:
    """The SQL of every table, index and trigger in the order of their making, in spaces that editors keep."""
    query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    return [tidy(sql) for (sql,) in connection.execute(query)]


def tidy(sql: str) -> str:
    """``sql`` with four spaces for a tab and no blank at the end of a line."""
    lines = (line.rstrip() for line in sql.replace("\t", "    ").splitlines())
    return "\n".join(line for line in lines if line).replace("\n)\n STRICT", "\n) STRICT")


def _engine(connection: sqlite3.Connection) -> Engine:
    connection.isolation_level = None
    return create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)


def draft(message: str) -> None:
    """Add the next revision to ``db/versions``, filled with what differs between the models and the history."""
    with closing(sqlite3.connect(":memory:")) as connection:
        engine = _engine(connection)
        migrate.upgrade(engine)
        with engine.begin() as bound:
            identifier = f"{int(migrate.head()) + 1:04d}"
            command.revision(migrate.config(bound), message, autogenerate=True, rev_id=identifier)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        draft(" ".join(sys.argv[1:]))
    schema_file().write_text(generate(), encoding="utf-8")
