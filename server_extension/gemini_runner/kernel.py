"""What only the kernel can be asked for: adoption of orphans, and its count of out-of-memory kills."""

from __future__ import annotations

import os

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """From now on every orphan below this process becomes its child, daemons too. Process 1 has that anyway.

    OSError where the kernel refuses.
    """
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def oom_kills() -> int | None:
    """How often the kernel killed in this process's memory group because memory was short; None where unseen."""
    for path in _counters():
        try:
            with open(path) as file:
                words = file.read().split()
        except OSError:
            continue
        if "oom_kill" in words:
            return int(words[words.index("oom_kill") + 1])
    return None


def _counters() -> list[str]:
    """Files that may hold the counter, the closest group first; for version 1 and 2 of control groups."""
    paths = []
    for line in _lines("/proc/self/cgroup"):
        _, controllers, group = line.split(":", 2)
        if group.startswith("/.."):
            group = "/"
        if "memory" in controllers.split(","):
            root, name = "/sys/fs/cgroup/memory", "memory.oom_control"
        elif controllers == "":
            root, name = "/sys/fs/cgroup", "memory.events"
        else:
            continue
        paths += [os.path.join(root + group, name), os.path.join(root, name)]
    return paths


def _lines(path: str) -> list[str]:
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []
