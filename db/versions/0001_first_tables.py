"""The log, its fold, the receipts and what is said of the database as a whole.

Nothing here imports the models: they move on, this stays what it was.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_event()
    create_card_state()
    create_receipt()
    create_meta()


def create_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("grade", sa.Integer),
        sa.Column("took_ms", sa.Integer),
        sa.Column("confidence", sa.REAL),
        sa.Column("right", sa.Integer),
        sa.Column("target", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("device", "seq", name="uq_event_device_seq"),
        *event_checks(),
        sa.ForeignKeyConstraint(
            ["target"], ["event.id"], name="fk_event_target_event", deferrable=True, initially="DEFERRED"
        ),
        sqlite_strict=True,
    )
    op.create_index("event_day", "event", ["day"])
    op.create_index("event_card_at_device_seq_id", "event", ["card", "at", "device", "seq", "id"])
    op.create_index("event_target", "event", ["target"], sqlite_where=sa.text("target IS NOT NULL"))
    append_only("event", "id = NEW.id OR (device = NEW.device AND seq = NEW.seq)")


def event_checks() -> list[sa.CheckConstraint]:
    return [
        check("event", "id", "length(id) = 36"),
        check("event", "stamp", "at >= 0 AND seq > 0"),
        check("event", "named", "device <> '' AND zone <> '' AND card <> ''"),
        check("event", "kind", "kind IN ('review', 'undo', 'suspend', 'resume', 'bury')"),
        check("event", "grade", "(kind = 'review') = (grade IS NOT NULL) AND grade BETWEEN 1 AND 4"),
        check("event", "target", "(kind = 'undo') = (target IS NOT NULL) AND target <> id"),
        check("event", "took_ms", "took_ms IS NULL OR (took_ms >= 0 AND kind = 'review')"),
        check("event", "confidence", "confidence IS NULL OR (confidence BETWEEN 0 AND 1 AND kind = 'review')"),
        check("event", "right", '"right" IS NULL OR ("right" IN (0, 1) AND kind = \'review\')'),
    ]


def create_card_state() -> None:
    op.create_table(
        "card_state",
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("stability", sa.REAL),
        sa.Column("difficulty", sa.REAL),
        sa.Column("first", sa.Integer),
        sa.Column("last", sa.Integer),
        sa.Column("due", sa.Integer),
        sa.Column("reps", sa.Integer, nullable=False),
        sa.Column("lapses", sa.Integer, nullable=False),
        sa.Column("suspended", sa.Integer, nullable=False),
        sa.Column("buried", sa.Integer),
        sa.PrimaryKeyConstraint("card", name="pk_card_state"),
        check("card_state", "named", "card <> ''"),
        check("card_state", "memory", "stability > 0 AND difficulty BETWEEN 1 AND 10"),
        check("card_state", "counts", "lapses BETWEEN 0 AND reps"),
        check("card_state", "suspended", "suspended IN (0, 1)"),
        check(
            "card_state",
            "reviewed",
            " AND ".join(
                f"(reps > 0) = ({column} IS NOT NULL)" for column in ("stability", "difficulty", "first", "last", "due")
            ),
        ),
        sqlite_strict=True,
    )


def create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipt"),
        check("receipt", "named", "id <> '' AND claim <> '' AND device <> ''"),
        check("receipt", "at", "at >= 0"),
        check("receipt", "verdict", "verdict IN ('proved', 'refuted', 'undecided', 'skipped', 'timeout', 'error')"),
        check("receipt", "record", "json_valid(record)"),
        sqlite_strict=True,
    )
    op.create_index("receipt_claim_at", "receipt", ["claim", "at"])
    append_only("receipt", "id = NEW.id")


def create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        check("meta", "named", "key <> '' AND value <> ''"),
        sqlite_strict=True,
    )


def check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def append_only(table: str, twin: str) -> None:
    """INSERT OR REPLACE fires no delete trigger by default, hence the third."""
    refuse(table, "no_update", f"UPDATE ON {table}")
    refuse(table, "no_delete", f"DELETE ON {table}")
    twins = f"SELECT 1 FROM {table} WHERE {twin}"  # noqa: S608 - both are written in this file
    refuse(table, "no_replace", f"INSERT ON {table} WHEN EXISTS ({twins})")


def refuse(table: str, name: str, when: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {when} BEGIN\n    SELECT RAISE(ABORT, '{table} is append-only');\nEND"
    )
