"""Alembic's side: run the history in ``db/versions`` on a connection. Costs Alembic's import."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from quizapp import content


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file; ``db/env.py`` takes the connection from it."""
    made = Config()
    made.set_main_option("script_location", str(content.root() / "db").replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def head() -> str:
    """The newest revision in ``db/versions``, such as ``0001``."""
    return ScriptDirectory.from_config(config()).get_current_head() or "0000"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Take the database of ``engine`` to ``revision`` in one transaction, all or nothing."""
    with engine.begin() as connection:
        command.upgrade(config(connection), revision)
