"""Run by Alembic around every command. The caller hands over a connection inside its one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

from quizapp.store.door import APPLICATION_ID
from quizapp.store.models import Base


def mark(ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:
    """Write what the first look reads: whose file this is and its format, in the same transaction."""
    assert ctx.connection is not None
    ctx.connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    ctx.connection.exec_driver_sql(f"PRAGMA user_version = {max((int(head) for head in heads), default=0)}")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
    compare_server_default=True,
    on_version_apply=mark,
)
with context.begin_transaction():
    context.run_migrations()
