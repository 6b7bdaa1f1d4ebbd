"""Builds the parts: which manager, reconciler and backend there is, and what each is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from gemini_control.backends.base import Backend
from gemini_control.events import Broadcaster
from gemini_control.home import Home
from gemini_control.hub import Hub
from gemini_control.leading import Leading
from gemini_control.managers.accounts import Accounts
from gemini_control.managers.assets import Assets
from gemini_control.managers.audits import Audits
from gemini_control.managers.leftovers import Leftovers
from gemini_control.managers.platform import Platform
from gemini_control.managers.prices import PriceList
from gemini_control.managers.projects import Projects
from gemini_control.managers.users import Users
from gemini_control.managers.versions import Versions
from gemini_control.managers.workspaces import Workspaces
from gemini_control.managers.zones import MachineZone, Zones, machine_of
from gemini_control.metrics import Metrics
from gemini_control.parts import Parts
from gemini_control.probes.watch import Watch
from gemini_control.store import idempotency
from gemini_control.store.database import Store
from gemini_control.store.lease import Lease
from gemini_control.store.listening import Listening
from gemini_control.store.pruning import Pruning
from gemini_control.work import Given, build_work


@dataclass(frozen=True)
class Settings:
    """What the parts are told of the application's settings; its traits say what each means."""

    prefix: str
    backend: Backend
    subdomain_host: str
    describe_machine: bool
    prices_file: str | None = None


def build_parts(settings: Settings, home: Home, store: Store, hub: Hub, zone: ZoneInfo) -> Parts:
    """The parts of an application; nothing is started yet."""
    store.once_by(idempotency.once)
    events = Broadcaster(store)
    edited = Path(settings.prices_file) if settings.prices_file else home.prices
    prices = PriceList(edited, home.prices.with_name("prices.toml.good"))
    lease = Lease(store)
    leaders = lease.leaders()
    work = build_work(Given(home, store, lease, hub, events, zone, prices, settings.backend, settings.subdomain_host))
    versions = Versions(store, home)
    metrics = Metrics()
    metrics.watch("gemini_event_viewers", "Open event streams", lambda: events.listeners)
    metrics.watch("gemini_prices_fault", "1 while prices.toml cannot be used", lambda: prices.fault is not None)
    metrics.watch("gemini_leading", "1 while this replica leads", lambda: lease.leading)
    watch = Watch(home, store, hub, work.backend, prices)
    pulse = watch.pulse
    metrics.watch("gemini_loop_wait_seconds", "Longest wait in the last minute", pulse.longest_wait)
    platform = Platform(watch.probes(settings.prefix, zone, lambda: events.listeners))
    machine = settings.describe_machine and settings.backend.cluster is None
    here = [MachineZone(leaders, home, machine_of(settings.backend))] if machine else []
    return Parts(
        home=home,
        store=store,
        hub=hub,
        events=events,
        zone=zone,
        metrics=metrics,
        prices=prices,
        work=work,
        workspaces=Workspaces(store, work.quota),
        accounts=Accounts(store, zone),
        projects=Projects(store, home),
        versions=versions,
        assets=Assets(store, versions),
        zones=Zones(store, prices, work.environments.admission.free),
        audits=Audits(store),
        users=Users(store, hub),
        platform=platform,
        background=[watch, platform, Listening(store), versions, *work.background],
        # What an earlier life left is taken away first.
        leading=Leading(lease, [Leftovers(leaders, home, versions), *here, Pruning(leaders), *work.leading]),
    )
