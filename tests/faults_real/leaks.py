"""What a platform has on the machine, exactly: what is there after a fault must be what was there before it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platform_fixture import Platform
from soak.measures import control_groups_of, processes_of, routes_of

from faults_real.records import Records


@dataclass(frozen=True)
class Traces:
    """Everything by name, so that a difference says what leaked."""

    processes: tuple[str, ...]
    control_groups: frozenset[str]
    mounts: frozenset[str]
    sandboxes: frozenset[str]
    locks: frozenset[str]
    orders: frozenset[str]
    launches: frozenset[str]
    routes: frozenset[str]
    servers: frozenset[str]
    ports: int
    watches: int
    charged: frozenset[str]

    @classmethod
    def of(cls, platform: Platform, records: Records) -> Traces:
        """All there is now."""
        home = platform.home
        mounted = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
        running = processes_of(home)
        return cls(
            processes=tuple(sorted(_kind(command) for command in running.values())),
            control_groups=frozenset(control_groups_of(home)),
            mounts=frozenset(path for path in mounted if path.startswith(str(home))),
            sandboxes=_names(home / "sandboxes"),
            locks=_names(home / "sandboxes" / ".locks"),
            orders=_names(home / "orders"),
            launches=_names(home / "hub" / "launch"),
            routes=frozenset(routes_of(home)),
            servers=_servers(platform),
            ports=_listening(running),
            watches=_watches(platform.pid("control")),
            charged=frozenset(records.open_runs()),
        )

    def beyond(self, before: Traces) -> dict[str, object]:
        """What is there and was not before."""
        more: dict[str, object] = {}
        for name, now in vars(self).items():
            then = getattr(before, name)
            if isinstance(now, frozenset):
                if now - then:
                    more[name] = sorted(now - then)
            elif isinstance(now, tuple):
                left = list(now)
                for one in then:
                    if one in left:
                        left.remove(one)
                if left:
                    more[name] = left
            elif now > then:
                more[name] = f"{then} → {now}"
        return more


def _kind(command: str) -> str:
    """A command line without what differs from one life to the next."""
    words = command.split()
    return " ".join(word for word in words if not word.startswith(("--pid", "/proc", "127.0.0.1/")))[:160]


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(name for name in os.listdir(folder) if not name.startswith(".") or folder.name == ".locks")
    except FileNotFoundError:
        return frozenset()


def _servers(platform: Platform) -> frozenset[str]:
    found = set()
    for person in ("alice", "bob"):
        with platform.http(person) as http:
            model = http.get(f"/hub/api/users/{person}").json()
        found |= {name for name, server in model["servers"].items() if server["ready"] or server["pending"]}
    return frozenset(found)


def _listening(running: dict[int, str]) -> int:
    """How many TCP ports of the machine's own network the platform's processes listen on."""
    sockets = set()
    for pid in running:
        try:
            if os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net"):
                continue
            sockets |= {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        except OSError:
            continue
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(1 for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets)


def _watches(pid: int) -> int:
    """How many folders the control plane has the kernel watch."""
    count = 0
    for path in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            count += path.read_text().count("inotify wd:")
        except FileNotFoundError:
            continue
    return count
