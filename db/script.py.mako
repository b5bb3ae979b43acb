"""${message}.

A batch operation makes the table anew: give it table_kwargs={"sqlite_strict": True} and create
the table's triggers again; tests/store/test_store_schema.py compares the result with the models.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
