"""The tables, as SQLAlchemy sees them; ``db/versions`` says how a file comes to have them.

Tables are STRICT and every row is checked, so that a bad state cannot be stored by any
program. The log and the receipts refuse UPDATE, DELETE and REPLACE by triggers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, REAL, CheckConstraint, ForeignKey, Index, MetaData, Table, Text, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_STRICT = {"sqlite_strict": True}


class Base(DeclarativeBase):
    """Constraints carry names, because a later migration can only drop what has one."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, float: REAL}  # noqa: RUF012 - SQLAlchemy's own protocol, read once


class EventRow(Base):
    """One event of the log. ``at`` is in milliseconds, ``took_ms`` too; ``right`` is 0, 1 or NULL."""

    __tablename__ = "event"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int]
    device: Mapped[str]
    seq: Mapped[int]
    day: Mapped[int]
    zone: Mapped[str]
    card: Mapped[str]
    kind: Mapped[str]
    grade: Mapped[int | None]
    took_ms: Mapped[int | None]
    confidence: Mapped[float | None]
    right: Mapped[int | None]
    # Deferred, so that a merge may bring an undo in before its target. Not unique: two devices may undo the same event.
    target: Mapped[str | None] = mapped_column(ForeignKey("event.id", deferrable=True, initially="DEFERRED"))

    __table_args__ = (
        UniqueConstraint("device", "seq"),
        CheckConstraint("length(id) = 36", "id"),
        CheckConstraint("at >= 0 AND seq > 0", "stamp"),
        CheckConstraint("device <> '' AND zone <> '' AND card <> ''", "named"),
        CheckConstraint("kind IN ('review', 'undo', 'suspend', 'resume', 'bury')", "kind"),
        CheckConstraint("(kind = 'review') = (grade IS NOT NULL) AND grade BETWEEN 1 AND 4", "grade"),
        CheckConstraint("(kind = 'undo') = (target IS NOT NULL) AND target <> id", "target"),
        CheckConstraint("took_ms IS NULL OR (took_ms >= 0 AND kind = 'review')", "took_ms"),
        CheckConstraint("confidence IS NULL OR (confidence BETWEEN 0 AND 1 AND kind = 'review')", "confidence"),
        CheckConstraint('"right" IS NULL OR ("right" IN (0, 1) AND kind = \'review\')', "right"),
        Index(None, "card", "at", "device", "seq", "id"),  # one card's history, in the order of the fold
        Index(None, "day"),  # what today has seen
        Index("event_target", "target", sqlite_where=target.is_not(None)),  # was this event undone?
        _STRICT,
    )


class CardStateRow(Base):
    """The fold of one card's events, kept so that the queue need not fold the log; it can be rebuilt."""

    __tablename__ = "card_state"

    card: Mapped[str] = mapped_column(primary_key=True)
    stability: Mapped[float | None]
    difficulty: Mapped[float | None]
    first: Mapped[int | None]
    last: Mapped[int | None]
    due: Mapped[int | None]
    reps: Mapped[int]
    lapses: Mapped[int]
    suspended: Mapped[int]
    buried: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("card <> ''", "named"),
        CheckConstraint("stability > 0 AND difficulty BETWEEN 1 AND 10", "memory"),
        CheckConstraint("lapses BETWEEN 0 AND reps", "counts"),
        CheckConstraint("suspended IN (0, 1)", "suspended"),
        # Either all that a review brings is there, or nothing of it.
        CheckConstraint(
            "(reps > 0) = (stability IS NOT NULL) AND (reps > 0) = (difficulty IS NOT NULL)"
            " AND (reps > 0) = (first IS NOT NULL) AND (reps > 0) = (last IS NOT NULL)"
            " AND (reps > 0) = (due IS NOT NULL)",
            "reviewed",
        ),
        _STRICT,
    )


class ReceiptRow(Base):
    """One run of a claim; ``record`` is the proof as JSON text."""

    __tablename__ = "receipt"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[int]
    claim: Mapped[str]
    verdict: Mapped[str]
    seed: Mapped[int]
    device: Mapped[str]
    digest: Mapped[str]
    record: Mapped[str]

    __table_args__ = (
        CheckConstraint("id <> '' AND claim <> '' AND device <> ''", "named"),
        CheckConstraint("at >= 0", "at"),
        CheckConstraint("verdict IN ('proved', 'refuted', 'undecided', 'skipped', 'timeout', 'error')", "verdict"),
        CheckConstraint("json_valid(record)", "record"),
        Index(None, "claim", "at"),  # the latest receipt of a claim
        _STRICT,
    )


class MetaRow(Base):
    """What is said of the database as a whole: ``device`` is its random name among the learner's machines."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]

    __table_args__ = (CheckConstraint("key <> '' AND value <> ''", "named"), _STRICT)


def _refuse(name: str, when: str, table: str) -> str:
    return f"CREATE TRIGGER {table}_{name} BEFORE {when} BEGIN\n    SELECT RAISE(ABORT, '{table} is append-only');\nEND"


def _append_only(table: str, twin: str) -> list[str]:
    """Triggers against every way to change a row; ``twin`` finds the row that an INSERT OR REPLACE would remove.

    REPLACE fires no delete trigger by default, hence the third.
    """
    twins = f"SELECT 1 FROM {table} WHERE {twin}"  # noqa: S608 - both are written in this file
    return [
        _refuse("no_update", f"UPDATE ON {table}", table),
        _refuse("no_delete", f"DELETE ON {table}", table),
        _refuse("no_replace", f"INSERT ON {table} WHEN EXISTS ({twins})", table),
    ]


def _attach(table: Any, triggers: list[str]) -> None:
    assert isinstance(table, Table)
    for trigger in triggers:
        event.listen(table, "after_create", DDL(trigger))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped


_attach(EventRow.__table__, _append_only("event", "id = NEW.id OR (device = NEW.device AND seq = NEW.seq)"))
_attach(ReceiptRow.__table__, _append_only("receipt", "id = NEW.id"))
