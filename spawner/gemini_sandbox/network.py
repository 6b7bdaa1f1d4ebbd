"""The network of a sandbox: a namespace of its own, joined to the outside by `pasta`.

Nothing of the host's loopback is there but the ports of `reach`; one port of the host's loopback may lead inside.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import stat
from dataclasses import dataclass
from pathlib import Path

from . import programs, syscalls
from .errors import SandboxError
from .process import ProcessIdentity, run_briefly

_RESOLVED = "/run/systemd/resolve/resolv.conf"
_START_SECONDS = 10
# A laptop on a train: pasta takes addresses from the interface with the default route, and wants some without one.
_OFFLINE = (
    *("--ipv4-only", "--interface", "lo", "--address", "192.168.255.2", "--netmask", "24"),
    *("--gateway", "192.168.255.1", "--mac-addr", "02:00:00:00:00:01", "--ns-ifname", "eth0"),
)


@dataclass(frozen=True)
class Resolver:
    """The name servers inside, and whether the host's own on 127.0.0.1:53 must be reachable for that."""

    servers: tuple[str, ...]
    local: bool = False


def find_resolver(host: str, upstream: str) -> Resolver:
    """Choose from the texts of the host's resolv.conf and of systemd-resolved's list of real servers.

    A server on the host's loopback is another one inside, so the real ones are taken; where only 127.0.0.1 is
    named (dnsmasq and its kind), its port 53 is let through.
    """
    for text in (host, upstream):
        outside = tuple(server for server in _servers(text) if not _is_loopback(server))
        if outside:
            return Resolver(outside)
    return Resolver(("127.0.0.1",), local=True) if "127.0.0.1" in _servers(host) else Resolver(())


def _servers(text: str) -> list[str]:
    fields = (line.split() for line in text.splitlines())
    return [field[1] for field in fields if len(field) > 1 and field[0] == "nameserver"]


def _is_loopback(server: str) -> bool:
    try:
        return ipaddress.ip_address(server.partition("%")[0]).is_loopback
    except ValueError:
        return True


def host_resolver() -> Resolver:
    """The resolver of this host."""
    return find_resolver(_text("/etc/resolv.conf"), _text(_RESOLVED))


@dataclass(frozen=True)
class Pasta:
    """How the network of one sandbox is to be joined; files are paths seen by the caller of `start`."""

    user_namespace: str
    net_namespace: str
    pid_file: str
    host_port: int | None
    inner_port: int | None
    reach: tuple[int, ...]
    resolver: Resolver

    def arguments(self, online: bool) -> list[str]:
        """The command line behind the program's name; it is run as root of the user namespace."""
        reach = sorted({*self.reach, *((53,) if self.resolver.local else ())})
        inward = "none" if self.host_port is None else f"127.0.0.1/{self.host_port}:{self.inner_port}"
        return [
            *("--quiet", "--netns-only", "--config-net", "--no-map-gw", "--pid", self.pid_file),
            *(() if online else _OFFLINE),
            *("-T", ",".join(str(port) for port in reach) or "none", "-t", inward),
            *("-u", "none", "-U", "53" if self.resolver.local else "none"),
            *("--netns", self.net_namespace),
        ]

    def start(self, log_fd: int) -> ProcessIdentity:
        """Start it and return when the network is there; the daemon becomes a child of the nearest subreaper."""
        user_fd = os.open(self.user_namespace, os.O_RDONLY | os.O_CLOEXEC)
        Path(self.pid_file).unlink(missing_ok=True)
        try:
            argv = [programs.path_of("pasta"), *self.arguments(has_default_route())]
            status = run_briefly(argv, log_fd, lambda: _enter(user_fd), _START_SECONDS)
        finally:
            os.close(user_fd)
        if status is None:
            raise SandboxError(f"pasta was not ready within {_START_SECONDS} s")
        if status:
            raise SandboxError(f"pasta ended with {status}")
        identity = ProcessIdentity.of(int(Path(self.pid_file).read_text()))
        if identity is None:
            raise SandboxError("pasta ended at once")
        return identity


def has_default_route() -> bool:
    """Whether this machine has a way out, by IPv4 or IPv6."""
    rows = [line.split() for line in _text("/proc/net/route").splitlines()[1:]]
    rows6 = [line.split() for line in _text("/proc/net/ipv6_route").splitlines()]
    return any(row[1] == row[7] == "00000000" for row in rows) or any(
        row[0] == "0" * 32 and row[1] == "00" and row[-1] != "lo" for row in rows6
    )


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except FileNotFoundError:
        return ""


def open_tunnel_device(place: Path) -> None:
    """Where only the host's root may open the tunnel device, show one that everybody may, in this mount namespace.

    pasta runs with the ids of the sandbox; without udev the device has mode 0600.
    """
    device = Path("/dev/net/tun")
    if not device.exists() or device.stat().st_mode & 0o006 == 0o006:
        return
    os.mknod(place, stat.S_IFCHR | 0o666, device.stat().st_rdev)
    place.chmod(0o666)
    syscalls.mount(str(place), str(device), None, syscalls.MS_BIND)


def _enter(user_fd: int) -> None:
    """In the child: root of the sandbox's user namespace, which owns its network."""
    syscalls.setns(user_fd, syscalls.CLONE_NEWUSER)
    os.setresgid(0, 0, 0)
    os.setgroups([])
    os.setresuid(0, 0, 0)
    # Until it is a daemon and its number is written down, it must not outlive the witness.
    syscalls.die_with_parent(signal.SIGKILL)


def end_all(name: str) -> None:
    """End every pasta whose pid file has this name, also one that a killed witness had no time to write down."""
    mark = f"/{name}".encode()
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.path.basename(words[0]) == b"pasta" and any(word.endswith(mark) for word in words):
            identity = ProcessIdentity.of(int(entry))
            if identity is not None:
                identity.end(signal.SIGKILL, 2.0)
