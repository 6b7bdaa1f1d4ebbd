"""What operators see of the platform and of people, on the wire."""

from __future__ import annotations

from gemini_core.health import Health
from gemini_core.roles import Role
from pydantic import Field

from gemini_control.models.people import PostingOut
from gemini_control.models.wire import Moment, Points, WireOut


class FactOut(WireOut):
    """Something known of a part: a word and its value, both to be read."""

    name: str
    label: str
    value: str


class PartOut(WireOut):
    """A part of the platform. `remedy` is what to do; `detail` what a machine said, as it said it."""

    name: str
    title: str
    state: Health
    message: str
    remedy: str | None
    detail: str | None
    facts: list[FactOut]


class PlatformOut(WireOut):
    """The platform as it was seen at `at`; `state` is that of its worst part."""

    at: Moment
    state: Health
    version: str
    parts: list[PartOut]


class UserWorkspace(WireOut):
    """A workspace that a person is in."""

    id: str
    name: str
    role: Role


class UserOut(WireOut):
    """A person whom the hub knows. `admin`: of the hub; `operator`: of this platform, by the role of that name.

    `environments` and `tasks` count what is going on now.
    """

    id: str = Field(description="The name, which is unique at the hub")
    name: str
    admin: bool
    operator: bool
    workspaces: list[UserWorkspace]
    environments: int
    tasks: int
    last_activity: Moment | None
    created_at: Moment | None


class EntryOut(WireOut):
    """One side of a transaction: a workspace's id, `platform:revenue` or `platform:funding`, and what it got."""

    account: str
    amount: Points


class TransactionOut(WireOut):
    """A line of a workspace's account with all its entries; they sum to zero."""

    posting: PostingOut
    entries: list[EntryOut]
