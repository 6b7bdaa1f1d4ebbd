"""Every table of the control plane, one module a noun.

`from gemini_control.store import tables as t`, then `t.environments`. Moments are aware datetimes in UTC,
money is whole micro-points (10^-6), memory is bytes, CPU is thousandths of a core.
"""

from gemini_control.store.tables.base import metadata
from gemini_control.store.tables.billing import accounts, postings, runs, transactions
from gemini_control.store.tables.catalogue import assets, blobs, version_files, versions
from gemini_control.store.tables.environments import environments, mounts
from gemini_control.store.tables.leases import leases
from gemini_control.store.tables.limits import member_limits, workspace_limits
from gemini_control.store.tables.people import memberships, persons, projects, workspaces
from gemini_control.store.tables.records import audit, idempotency, outbox
from gemini_control.store.tables.resources import specifications, zone_gpus, zones
from gemini_control.store.tables.tasks import task_states, tasks

__all__ = [
    "accounts",
    "assets",
    "audit",
    "blobs",
    "environments",
    "idempotency",
    "leases",
    "member_limits",
    "memberships",
    "metadata",
    "mounts",
    "outbox",
    "persons",
    "postings",
    "projects",
    "runs",
    "specifications",
    "task_states",
    "tasks",
    "transactions",
    "version_files",
    "versions",
    "workspace_limits",
    "workspaces",
    "zone_gpus",
    "zones",
]
