"""All probes of this platform, and what they need to run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gemini_control.backends.base import Backend
from gemini_control.home import Home
from gemini_control.hub import Hub
from gemini_control.managers.prices import PriceList
from gemini_control.probes.base import Probe
from gemini_control.probes.database import DatabaseProbe
from gemini_control.probes.disk import DiskProbe
from gemini_control.probes.host import ClockProbe, ControlProbe, PricesProbe, SandboxProbe, SupervisorProbe
from gemini_control.probes.network import HubProbe, ProxyProbe
from gemini_control.probes.pulse import Pulse
from gemini_control.probes.replicas import ReplicasProbe
from gemini_control.store.database import Store


@dataclass
class Watch:
    """One of the platform's background works (`background.Background`): the pulse beats and the store is measured."""

    home: Home
    store: Store
    hub: Hub
    backend: Backend
    prices: PriceList
    pulse: Pulse = field(default_factory=Pulse)

    def __post_init__(self) -> None:
        self.disk = DiskProbe(self.home, shared=self.backend.cluster is not None)

    def probes(self, prefix: str, zone: ZoneInfo, listeners: Callable[[], int]) -> tuple[Probe, ...]:
        """One for each part; the supervisor's only where one has been (a lock lies in the platform's folder)."""
        lock = self.home.root / "platform.lock"
        supervisor = (SupervisorProbe(lock),) if lock.exists() else ()
        return (
            ProxyProbe(self.hub.proxy_url, prefix),
            HubProbe(self.hub),
            ControlProbe(self.pulse, listeners),
            *supervisor,
            *(() if self.store.sqlite else (ReplicasProbe(self.store),)),
            DatabaseProbe(self.store),
            self.disk,
            *_place_of_work(self.backend),
            PricesProbe(self.prices),
            ClockProbe(self.pulse, zone),
        )

    async def start(self) -> None:
        """Begin to beat."""
        await self.pulse.start()

    async def stop(self) -> None:
        """End, and count no further."""
        await self.pulse.stop()
        self.disk.store_size.close()


def _place_of_work(backend: Backend) -> tuple[Probe, ...]:
    if backend.cluster is None:
        return (SandboxProbe(backend),)
    # What a cluster needs is not there where there is none.
    from gemini_control.backends.kubernetes.backend import KubernetesBackend
    from gemini_control.probes.cluster import probes_of

    return probes_of(backend) if isinstance(backend, KubernetesBackend) else ()
