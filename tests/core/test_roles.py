"""Who sees and changes what: the whole table."""

from __future__ import annotations

import pytest
from gemini_core.roles import Role, Standing, Visibility, changes_shared, manages, reaches, sees_shared, sees_work

ME, OTHER = "me", "other"


def standing(role: Role | None, operator: bool = False) -> Standing:
    """Mine."""
    return Standing(ME, role, operator)


@pytest.mark.parametrize(
    ("role", "operator", "owner", "expected"),
    [
        (Role.MEMBER, False, ME, True),
        (Role.MEMBER, False, OTHER, False),
        (Role.ADMIN, False, OTHER, True),
        (Role.OWNER, False, OTHER, True),
        (None, True, OTHER, True),
        (None, False, OTHER, False),
        # Who has left a workspace has lost what they made there.
        (None, False, ME, False),
    ],
)
def test_who_sees_work(role: Role | None, operator: bool, owner: str, expected: bool) -> None:
    """Covers: TEN-2b."""
    assert sees_work(standing(role, operator), owner) is expected


@pytest.mark.parametrize(
    ("role", "operator", "owner", "private", "workspace", "public"),
    [
        (Role.MEMBER, False, ME, True, True, True),
        (Role.MEMBER, False, OTHER, False, True, True),
        (Role.ADMIN, False, OTHER, True, True, True),
        (None, True, OTHER, True, True, True),
        (None, False, OTHER, False, False, True),
        (None, False, ME, False, False, True),
    ],
)
def test_who_sees_data(
    role: Role | None, operator: bool, owner: str, private: bool, workspace: bool, public: bool
) -> None:
    """Covers: TEN-3, TEN-5, CAT-1."""
    mine = standing(role, operator)
    assert [sees_shared(mine, owner, visibility) for visibility in Visibility] == [private, workspace, public]


@pytest.mark.parametrize(
    ("role", "operator", "owner", "expected"),
    [
        (Role.MEMBER, False, ME, True),
        (Role.MEMBER, False, OTHER, False),
        (Role.ADMIN, False, OTHER, True),
        (None, True, OTHER, False),
        (None, False, ME, False),
    ],
)
def test_who_changes_data(role: Role | None, operator: bool, owner: str, expected: bool) -> None:
    """Covers: TEN-2, TEN-3. An operator looks, and changes nothing of a workspace they are not in."""
    assert changes_shared(standing(role, operator), owner) is expected


def test_roles_are_in_order() -> None:
    """Covers: TEN-2."""
    assert [reaches(Role.ADMIN, role) for role in Role] == [True, True, False]
    assert not reaches(None, Role.MEMBER)
    assert manages(standing(Role.OWNER)) and not manages(standing(Role.MEMBER))
