"""The roles of a task as its row keeps them: `[{name, instances, command?, ranks}]`.

A role without a command runs the task's own; ranks are what the task's folder last told of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gemini_core.ranks import FIRST_ROLE, Role
from sqlalchemy import RowMapping


def roles_of(row: RowMapping) -> tuple[Role, ...]:
    """The roles of a task, each with the command that it runs."""
    return tuple(Role(one["name"], one["instances"], one.get("command") or row["command"]) for one in row["roles"])


def columns(roles: Sequence[Role]) -> dict[str, Any]:
    """The columns of `roles`; `()` is the one role of a standalone task."""
    kept = [{"name": role.name, "instances": role.instances, "command": role.command, "ranks": []} for role in roles]
    return {
        "roles": kept or [{"name": FIRST_ROLE, "instances": 1, "ranks": []}],
        "instances": sum(role.instances for role in roles) or 1,
    }


def is_distributed(row: RowMapping) -> bool:
    """Whether it was submitted with roles: those of a standalone task have no command of their own."""
    return any("command" in role for role in row["roles"])
