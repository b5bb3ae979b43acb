"""The models, the history in db/versions and db/schema.sql say the same."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, StaticPool, create_engine

from quizapp import content
from quizapp.model.event import Moment
from quizapp.model.grade import Grade
from quizapp.store import door, fast, migrate, prepare, schema
from quizapp.store.database import Fold, Store
from quizapp.store.door import StoreError
from quizapp.store.models import Base


@pytest.fixture
def memory() -> Iterator[tuple[sqlite3.Connection, Engine]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection, create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)


def shape(connection: sqlite3.Connection) -> list[str]:
    return sorted(sql for sql in schema.objects(connection) if "alembic_version" not in sql)


def test_the_schema_file_is_what_generation_gives_now() -> None:
    assert prepare.schema_file().read_text(encoding="utf-8") == schema.generate(), "run python -m quizapp.store.schema"


def test_the_history_leads_to_the_models(memory: tuple[sqlite3.Connection, Engine]) -> None:
    connection, engine = memory
    migrate.upgrade(engine)
    with engine.connect() as bound:
        assert compare_metadata(MigrationContext.configure(bound), Base.metadata) == []
    with closing(sqlite3.connect(":memory:")) as other:
        Base.metadata.create_all(create_engine("sqlite://", creator=lambda: other, poolclass=StaticPool))
        assert shape(connection) == shape(other)


def test_a_new_file_is_what_the_history_leads_to(
    store: Store, path: Path, memory: tuple[sqlite3.Connection, Engine]
) -> None:
    migrated, engine = memory
    migrate.upgrade(engine)
    with closing(sqlite3.connect(path)) as made:
        assert schema.objects(made) == schema.objects(migrated)
        for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT * FROM alembic_version"):
            assert made.execute(query).fetchall() == migrated.execute(query).fetchall()


def test_the_head_known_without_alembic_is_the_head() -> None:
    assert f"{door.FORMAT:04d}" == migrate.head()


NEXT = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None

def upgrade():
    op.execute("CREATE TABLE flag (card TEXT NOT NULL PRIMARY KEY) STRICT")
    {more}
"""


@pytest.fixture
def older(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of format 1 under a quizapp whose format is 2; returns that quizapp's second revision."""
    store.record_review("a", Grade.GOOD, Moment(0, 0, "UTC"))
    shutil.copytree(content.root() / "db", tmp_path / "next" / "db")
    monkeypatch.setattr(content, "root", lambda: tmp_path / "next")
    monkeypatch.setattr(door, "FORMAT", 2)
    monkeypatch.setattr(prepare, "FORMAT", 2)
    revision = tmp_path / "next" / "db" / "versions" / "0002_flags.py"
    revision.write_text(NEXT.format(more="pass"), encoding="utf-8")
    return revision


def test_an_older_database_is_copied_then_migrated(store: Store, older: Path, path: Path, fold: Fold) -> None:
    before, whole = store.events(), path.read_bytes()
    with pytest.raises(StoreError, match="older format"):
        fast.glance(path, 0)
    assert Store.open(path, fold).events() == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM flag").fetchall() == []
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    copy = path.with_name("quizapp.db.before-0002")
    with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(copy)) as then:
        assert then.execute("PRAGMA user_version").fetchone() == (1,)
        assert then.execute("SELECT * FROM event").fetchall() == now.execute("SELECT * FROM event").fetchall()
    assert len(copy.read_bytes()) == len(whole)


def test_a_migration_that_fails_changes_nothing(store: Store, older: Path, path: Path, fold: Fold) -> None:
    older.write_text(NEXT.format(more="op.execute('INSERT INTO nowhere VALUES (1)')"), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="no such table: nowhere"):
        Store.open(path, fold)
    assert path.read_bytes() == before
    with pytest.raises(StoreError):
        Store.open(path, fold)
    assert path.with_name("quizapp.db.before-0002.2").exists(), "the first copy must not be written over"


def test_a_draft_of_models_that_agree_with_the_history_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(content.root() / "db", tmp_path / "db")
    monkeypatch.setattr(content, "root", lambda: tmp_path)
    schema.draft("nothing new")
    (drafted,) = (tmp_path / "db" / "versions").glob("0002_*.py")
    text = drafted.read_text(encoding="utf-8")
    compile(text, str(drafted), "exec")
    assert "op." not in text.partition("def upgrade")[2]
