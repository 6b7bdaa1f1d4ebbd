"""Workspaces, members, projects and who asks, on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from gemini_core.money import to_micro
from gemini_core.roles import Role, Visibility
from pydantic import BeforeValidator, Field

from gemini_control.models.limits import QuotaUseOut
from gemini_control.models.wire import (
    Line,
    Moment,
    Name,
    OptionalId,
    OptionalPerson,
    Person,
    Points,
    Prose,
    Tags,
    WireIn,
    WireOut,
)


def _amount(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("amount")
    try:
        return to_micro(value)
    except ValueError as error:
        raise ValueError("amount") from error


Amount = Annotated[
    int,
    BeforeValidator(_amount),
    Field(gt=0, json_schema_extra={"type": "string", "examples": ["1000.000000"]}),
]
"""Money that is put in: a decimal string of 算力点, more than 0, at most six digits after the point."""


class WorkspaceIn(WireIn):
    """A new workspace; `owner` is its first owner, default the operator who makes it."""

    name: Name
    owner: OptionalPerson = None


class WorkspaceOut(WireOut):
    """A workspace as the viewer is in it; `role` is null for an operator who is no member."""

    id: str
    name: str
    role: Role | None
    balance: Points
    members: int
    created_at: Moment


class MemberIn(WireIn):
    """A person of the hub and their role; for one who is a member already, the new role."""

    name: Person
    role: Role = Role.MEMBER


class MemberOut(WireOut):
    """A member; `quota` is null where the viewer may not know what they hold (TEN-2b)."""

    name: str
    role: Role
    created_at: Moment
    quota: QuotaUseOut | None


class MeWorkspace(WireOut):
    """One of the caller's workspaces."""

    id: str
    name: str
    role: Role
    balance: Points


class MeOut(WireOut):
    """Who asks; `environment_id` where it is an environment's own server, `last_project_id` what was worked in last."""

    name: str
    operator: bool
    environment_id: str | None
    last_project_id: str | None
    workspaces: list[MeWorkspace]


class CreditIn(WireIn):
    """Money into a workspace's account, confirmed by an operator."""

    amount: Amount
    kind: Literal["credit"] = "credit"
    note: Line = ""


class BalanceOut(WireOut):
    """What a workspace has."""

    workspace_id: str
    balance: Points
    in_arrears: bool


class PostingOut(WireOut):
    """One line of a workspace's account. `hour` is when the hour of the wall clock began that it belongs to."""

    id: str
    kind: str
    amount: Points
    note: str
    person: str
    project_id: str | None
    holder_id: str | None
    minutes: int
    hour: Moment
    created_at: Moment


class CostOut(WireOut):
    """A sum of charges: of a day (`2026-11-22`, platform zone), a project or a person, by `key`."""

    key: str
    name: str
    amount: Points
    minutes: int


class ProjectIn(WireIn):
    """A new project."""

    name: Name
    description: Prose = ""
    tags: Tags = Field(default=[])
    default_command: Prose = ""
    default_specification_id: OptionalId = None
    visibility: Visibility = Visibility.WORKSPACE
    workspace_id: OptionalId = None


class ProjectPatch(WireIn):
    """What of a project changes; what is left out stays."""

    name: Name | None = None
    description: Prose | None = None
    tags: Tags | None = None
    default_command: Prose | None = None
    default_specification_id: OptionalId = None
    visibility: Visibility | None = None


class ProjectOut(WireOut):
    """A project."""

    id: str
    name: str
    description: str
    tags: list[str]
    default_command: str
    default_specification_id: str | None
    visibility: Visibility
    workspace_id: str
    owner: str
    created_at: Moment
    updated_at: Moment


class FileOut(WireOut):
    """A file by its path in a project's code, a draft or a version; `size` in bytes, `sha256` of a version's alone."""

    path: str
    size: int
    modified_at: Moment | None = None
    executable: bool = False
    sha256: str | None = None


class AuditOut(WireOut):
    """One change: who, when, from where, what it was and what it is."""

    number: int
    at: Moment
    person: str
    source: str
    action: str
    kind: str
    object_id: str
    workspace_id: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
