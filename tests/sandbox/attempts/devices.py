"""Attempts to have a device."""

import os
import stat

from .calls import HOST, attempt, refuse


def makes_device(kind, major, minor):
    path = f"/tmp/device-{kind}-{major}-{minor}"
    os.mknod(path, kind | 0o600, os.makedev(major, minor))
    os.close(os.open(path, os.O_RDONLY))
    return path


@attempt
def make_memory_device():
    return makes_device(stat.S_IFCHR, 1, 1)


@attempt
def make_disk_device():
    return makes_device(stat.S_IFBLK, HOST["disk"][0], HOST["disk"][1])


@attempt
def make_disk_device_in_code():
    os.mknod("/gemini/code/disk", stat.S_IFBLK | 0o600, os.makedev(*HOST["disk"]))
    return "made"


@attempt
def other_devices():
    usual = {"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "shm", "mqueue", "core"}
    found = set(os.listdir("/dev")) - usual - {"fd", "stdin", "stdout", "stderr"}
    return str(found) if found else refuse("only the usual")
