"""The deny list of system calls.

A list of what is refused, not of what is allowed: people run any program here, and the walls are the namespaces
and the capabilities; this list closes what those leave open.
"""

from __future__ import annotations

import errno
from typing import Any

_CLONE_NEWUSER = 0x10000000
_TIOCSTI = 0x5412
_AF_VSOCK = 40

DENIED = (
    # other places and mounts
    *("mount", "umount2", "pivot_root", "setns", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount"),
    *("fspick", "mount_setattr", "open_by_handle_at", "name_to_handle_at", "quotactl", "quotactl_fd", "swapon"),
    *("swapoff", "fanotify_init", "lookup_dcookie"),
    # the kernel itself
    *("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "syslog", "acct"),
    *("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "iopl", "ioperm", "vhangup"),
    *("nfsservctl", "sethostname", "setdomainname"),
    # keys are not kept apart by any namespace
    *("keyctl", "add_key", "request_key"),
)

_ARCHITECTURES = {
    "x86_64": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    "aarch64": ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
}


def _masked(names: list[str], index: int, bits: int) -> dict[str, Any]:
    test = {"index": index, "value": bits, "valueTwo": bits, "op": "SCMP_CMP_MASKED_EQ"}
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM, "args": [test]}


def _equal(names: list[str], index: int, value: int) -> dict[str, Any]:
    test = {"index": index, "value": value, "op": "SCMP_CMP_EQ"}
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM, "args": [test]}


def profile(machine: str) -> dict[str, Any]:
    """The OCI seccomp section for a machine as `os.uname` names it."""
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": _ARCHITECTURES.get(machine, []),
        "syscalls": [
            {"names": list(DENIED), "action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM},
            _masked(["unshare", "clone"], 0, _CLONE_NEWUSER),
            # Its flags lie in memory, where a filter cannot look: libc falls back to clone.
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
            # Text pushed into a terminal is typed by whoever holds its other end.
            _equal(["ioctl"], 1, _TIOCSTI),
            # The host's hypervisor: no network namespace keeps it apart.
            _equal(["socket"], 0, _AF_VSOCK),
        ],
    }
