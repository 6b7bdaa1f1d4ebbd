"""Who may do what: roles in a workspace and visibility of things (TEN-2, TEN-2b, TEN-3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A role in a workspace, least first."""

    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


class Visibility(StrEnum):
    """Who sees data or a project: its creator, its workspace, everybody."""

    PRIVATE = "private"
    WORKSPACE = "workspace"
    PUBLIC = "public"


ORDER = tuple(Role)


@dataclass(frozen=True)
class Standing:
    """A person's standing towards one workspace: their role in it, if any, and whether they operate the platform."""

    person: str
    role: Role | None
    operator: bool


def reaches(role: Role | None, needed: Role) -> bool:
    """Whether `role` is `needed` or more."""
    return role is not None and ORDER.index(role) >= ORDER.index(needed)


def manages(standing: Standing) -> bool:
    """Whether they see and stop what members of the workspace run: its owners and admins, and operators."""
    return standing.operator or reaches(standing.role, Role.ADMIN)


def sees_work(standing: Standing, owner: str) -> bool:
    """Whether they may know of an environment or a task of `owner` (TEN-2b). Who left a workspace has lost theirs."""
    return manages(standing) or (standing.role is not None and standing.person == owner)


def sees_shared(standing: Standing, owner: str, visibility: Visibility) -> bool:
    """Whether they may know of a project, a dataset or a model."""
    if visibility is Visibility.PUBLIC or manages(standing):
        return True
    if standing.role is None:
        return False
    return visibility is Visibility.WORKSPACE or standing.person == owner


def changes_shared(standing: Standing, owner: str) -> bool:
    """Whether they may change or delete a project, a dataset or a model: its creator, owners and admins."""
    return reaches(standing.role, Role.ADMIN) or (standing.role is not None and standing.person == owner)
