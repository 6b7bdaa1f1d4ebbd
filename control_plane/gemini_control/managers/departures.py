"""What becomes of the work of somebody who leaves a workspace: it is stopped, in the transaction in which they leave.

They can neither see nor stop it any more, and it would go on with the workspace's data and at its cost (TEN-3).
"""

from __future__ import annotations

from datetime import datetime

from gemini_core.quota import Holder
from gemini_core.reasons import Reason
from gemini_core.states import ENVIRONMENT_IDLE, TASK_ENDED, Target
from sqlalchemy import Connection, select

from gemini_control.managers import environments, tasks
from gemini_control.store import audit, progress
from gemini_control.store import tables as t
from gemini_control.viewers import Viewer


def stop_work(tx: Connection, viewer: Viewer, holder: Holder, now: datetime) -> None:
    """Stop what waits, starts or runs of a person in a workspace (`holder`). What runs inside an environment ends
    with it."""
    rows = t.environments
    mine = (rows.c.workspace_id == holder.workspace, rows.c.owner == holder.person, rows.c.target == Target.RUNNING)
    for row in tx.execute(select(rows).where(*mine, rows.c.state.not_in(ENVIRONMENT_IDLE))).mappings().all():
        environments.set_target(tx, row, Target.STOPPED, now, **progress.why(Reason.USER_STOPPED))
        environments.note(tx, viewer, "stop", row)
    rows = t.tasks
    mine = (rows.c.workspace_id == holder.workspace, rows.c.owner == holder.person, rows.c.target == Target.RUNNING)
    alone = (rows.c.environment_id.is_(None), rows.c.state.not_in(TASK_ENDED))
    for row in tx.execute(select(rows).where(*mine, *alone)).mappings().all():
        tasks.set_stopped(tx, row, now, Reason.USER_STOPPED)
        entry = audit.Entry("stop", progress.TASK, row["id"], row["workspace_id"], old={"state": row["state"]})
        audit.write(tx, viewer.name, viewer.source, entry)
