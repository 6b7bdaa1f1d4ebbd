"""What the application is made of: built once by `app`, handed to handlers and reconcilers. No globals."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gemini_control.background import Background
from gemini_control.events import Broadcaster
from gemini_control.home import Home
from gemini_control.hub import Hub
from gemini_control.leading import Leading
from gemini_control.managers.accounts import Accounts
from gemini_control.managers.assets import Assets
from gemini_control.managers.audits import Audits
from gemini_control.managers.platform import Platform
from gemini_control.managers.prices import PriceList
from gemini_control.managers.projects import Projects
from gemini_control.managers.users import Users
from gemini_control.managers.versions import Versions
from gemini_control.managers.workspaces import Workspaces
from gemini_control.managers.zones import Zones
from gemini_control.metrics import Metrics
from gemini_control.store.database import Store
from gemini_control.work import Work


@dataclass
class Parts:
    """The parts; managers are added as they are built."""

    home: Home
    store: Store
    hub: Hub
    events: Broadcaster
    zone: ZoneInfo
    metrics: Metrics
    prices: PriceList
    work: Work
    workspaces: Workspaces
    accounts: Accounts
    projects: Projects
    versions: Versions
    assets: Assets
    zones: Zones
    audits: Audits
    users: Users
    platform: Platform
    leading: Leading
    background: list[Background] = field(default_factory=list)
    ending: bool = False
    """Told to end: what is under way is done, nothing more is to come."""

    async def start(self) -> None:
        """Start the events and the background work, in order; last what only the leader does, now or when it leads."""
        await self.events.start()
        for work in (*self.background, self.leading):
            await work.start()

    async def stop(self) -> None:
        """Stop the background work in the other order, then the events."""
        for work in reversed((*self.background, self.leading)):
            await work.stop()
        await self.events.stop()
