"""The OCI runtime's configuration: a pure function from what is wanted to `config.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import seccomp
from .idmap import IdRange
from .spec import SandboxSpec

PIDS_LIMIT = 8192
"""Processes and threads of one sandbox; a fork bomb ends here."""

CAPABILITIES = (
    *("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"),
    *("CAP_SETPCAP", "CAP_SETFCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT"),
)

MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/kmsg"),
    *("/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi"),
    *("/sys/firmware", "/sys/devices/virtual/powercap", "/sys/kernel/debug", "/sys/kernel/security"),
)
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


@dataclass(frozen=True)
class Device:
    """A device of the host, as found there."""

    path: str
    kind: str
    major: int
    minor: int


@dataclass(frozen=True)
class Surroundings:
    """What the host gives to one sandbox: where its root and namespaces lie, its ids and its cgroup.

    `cgroup` None: the host lets us set no limits. `swap`: its memory controller also counts swap.
    """

    rootfs: str
    user_namespace: str
    net_namespace: str
    ids: IdRange
    cgroup: str | None
    swap: bool
    devices: tuple[Device, ...]
    environment: dict[str, str]
    machine: str


def config(spec: SandboxSpec, around: Surroundings) -> dict[str, Any]:
    """The whole `config.json` of a sandbox."""
    return {
        "ociVersion": "1.0.2",
        "process": _process(spec, around.environment),
        "root": {"path": around.rootfs, "readonly": False},
        "hostname": spec.hostname,
        "mounts": _mounts(),
        "linux": _linux(spec, around),
    }


def _process(spec: SandboxSpec, environment: dict[str, str]) -> dict[str, Any]:
    sets = ("bounding", "effective", "permitted")
    return {
        "terminal": False,
        "user": {"uid": 0, "gid": 0},
        "args": list(spec.argv),
        "env": [f"{name}={value}" for name, value in sorted(environment.items())],
        "cwd": spec.cwd,
        "capabilities": {name: list(CAPABILITIES) for name in sets},
        "rlimits": [{"type": "RLIMIT_CORE", "hard": 0, "soft": 0}],
        "noNewPrivileges": True,
    }


def _mount(target: str, kind: str, *options: str) -> dict[str, Any]:
    return {"destination": target, "type": kind, "source": kind, "options": list(options)}


def _mounts() -> list[dict[str, Any]]:
    closed = ("nosuid", "noexec", "nodev")
    return [
        _mount("/proc", "proc", *closed),
        _mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        _mount("/dev/pts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        _mount("/dev/shm", "tmpfs", *closed, "mode=1777"),
        _mount("/dev/mqueue", "mqueue", *closed),
        _mount("/sys", "sysfs", *closed, "ro"),
    ]


def _linux(spec: SandboxSpec, around: Surroundings) -> dict[str, Any]:
    ids = [{"containerID": inside, "hostID": host, "size": size} for inside, host, size in around.ids.extents]
    section: dict[str, Any] = {
        "namespaces": [
            {"type": "user", "path": around.user_namespace},
            {"type": "network", "path": around.net_namespace},
            *({"type": kind} for kind in ("pid", "mount", "ipc", "uts", "cgroup")),
        ],
        "uidMappings": ids,
        "gidMappings": ids,
        "devices": [_device(device) for device in around.devices],
        "seccomp": seccomp.profile(around.machine),
        "maskedPaths": list(MASKED),
        "readonlyPaths": list(READ_ONLY),
        "rootfsPropagation": "rprivate",
    }
    if around.cgroup is not None:
        section["cgroupsPath"] = around.cgroup
        section["resources"] = _resources(spec, around)
    return section


def _device(device: Device) -> dict[str, Any]:
    return {"path": device.path, "type": device.kind, "major": device.major, "minor": device.minor}


def _resources(spec: SandboxSpec, around: Surroundings) -> dict[str, Any]:
    allowed = [
        {"allow": True, "type": device.kind, "major": device.major, "minor": device.minor, "access": "rw"}
        for device in around.devices
    ]
    resources: dict[str, Any] = {
        "devices": [{"allow": False, "access": "rwm"}, *allowed],
        "pids": {"limit": PIDS_LIMIT},
        "cpu": {"shares": max(2, round(spec.cpu_cores * 1024))},
    }
    if spec.memory_bytes:
        swap = {"swap": spec.memory_bytes} if around.swap else {}
        resources["memory"] = {"limit": spec.memory_bytes, **swap}
    return resources
