"""Attempts on processes outside."""

import ctypes
import glob
import os

from .calls import HOST, attempt, libc, reads, refuse, text_of, writes


@attempt
def see_other_processes():
    seen = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            seen.append(text_of(path))
        except OSError:
            continue
    foreign = [line for line in seen if HOST["neighbour_mark"] in line and "attempts" not in line]
    return str(foreign) if foreign else refuse("none")


def signals(pid):
    os.kill(pid, 0)
    return f"reached {pid}" if pid not in range(1, 200) else refuse("one of our own")


@attempt
def signal_witness():
    return signals(HOST["witness"])


@attempt
def signal_neighbour():
    return signals(HOST["neighbour"])


@attempt
def trace_neighbour():
    if libc.ptrace(16, HOST["neighbour"], 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return "traced"


@attempt
def read_neighbour_memory():
    return reads(f"/proc/{HOST['neighbour']}/environ")


@attempt
def neighbour_file():
    return reads(HOST["neighbour_file"])


@attempt
def join_control_group():
    found = glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)
    return writes(found[0], "0") if found else refuse("none shows")
