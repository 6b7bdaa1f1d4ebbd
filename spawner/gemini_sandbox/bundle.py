"""The bundle that runc starts: `config.json` from the spec and from what this host has."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from . import cgroup, oci
from .errors import SandboxError
from .idmap import IdRange
from .record import Record
from .spec import SandboxSpec


@dataclass(frozen=True)
class Place:
    """What was made for one sandbox: its root, its namespaces (files), its ids, its cgroup or None."""

    rootfs: Path
    user_namespace: str
    net_namespace: str
    ids: IdRange
    cgroup: str | None


def write(record: Record, spec: SandboxSpec, environment: dict[str, str], place: Place) -> None:
    """Write `config.json` for a place that has been made."""
    surroundings = oci.Surroundings(
        rootfs=str(place.rootfs),
        user_namespace=place.user_namespace,
        net_namespace=place.net_namespace,
        ids=place.ids,
        cgroup=place.cgroup,
        swap=cgroup.counts_swap(),
        devices=tuple(find_device(path) for path in spec.devices),
        environment=environment,
        machine=os.uname().machine,
    )
    (record.bundle / "config.json").write_text(json.dumps(oci.config(spec, surroundings)))


def find_device(path: str) -> oci.Device:
    """The device at a path of the host; raises SandboxError when there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise SandboxError(f"device {path} is not there") from error
    kinds = {stat.S_IFCHR: "c", stat.S_IFBLK: "b"}
    kind = kinds.get(stat.S_IFMT(status.st_mode))
    if kind is None:
        raise SandboxError(f"{path} is not a device")
    return oci.Device(path, kind, os.major(status.st_rdev), os.minor(status.st_rdev))
