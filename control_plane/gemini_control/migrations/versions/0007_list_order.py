"""Lists of environments and tasks come in order, and are counted, from an index.

Revision: 0007_list_order, after 0006_billing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_list_order"
down_revision = "0006_billing"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
INDEXES = (
    ("ix_environments_owner", "environments", ["owner", "workspace_id", "created_at", "id"], LIVE),
    ("ix_environments_workspace", "environments", ["workspace_id", "created_at", "id"], LIVE),
    ("ix_environments_created", "environments", ["created_at", "id"], LIVE),
    ("ix_tasks_owner", "tasks", ["owner", "workspace_id", "created_at", "id"], None),
    ("ix_tasks_workspace", "tasks", ["workspace_id", "created_at", "id"], None),
    ("ix_tasks_created", "tasks", ["created_at", "id"], None),
)


def upgrade() -> None:
    """Make the change."""
    for table in ("environments", "tasks"):
        op.drop_index(f"ix_{table}_owner", table)
        op.drop_index(f"ix_{table}_workspace", table)
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Undo the change."""
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
    for table in ("environments", "tasks"):
        op.create_index(f"ix_{table}_owner", table, ["owner", "created_at"])
        op.create_index(f"ix_{table}_workspace", table, ["workspace_id", "created_at"])
