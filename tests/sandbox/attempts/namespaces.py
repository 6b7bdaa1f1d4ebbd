"""Attempts to make or join a namespace."""

import os
import signal
import struct

from .calls import CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, attempt, call, in_child


@attempt
def unshare_user():
    return in_child(lambda: call("unshare", CLONE_NEWUSER))


@attempt
def unshare_user_and_mounts():
    return in_child(lambda: call("unshare", CLONE_NEWUSER | CLONE_NEWNS))


@attempt
def unshare_mounts():
    return in_child(lambda: call("unshare", CLONE_NEWNS))


@attempt
def unshare_processes():
    return in_child(lambda: call("unshare", CLONE_NEWPID))


@attempt
def unshare_network():
    return in_child(lambda: call("unshare", CLONE_NEWNET))


@attempt
def clone_user():
    def clone():
        pid = call("clone", CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return f"child {pid}"

    return in_child(clone)


@attempt
def clone3_user():
    def clone():
        arguments = struct.pack("QQQQQQQQ", CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
        pid = call("clone3", arguments, len(arguments))
        if pid == 0:
            os._exit(0)
        return f"child {pid}"

    return in_child(clone)


@attempt
def join_namespace_of_process_one():
    with open("/proc/1/ns/mnt") as file:
        return in_child(lambda: call("setns", file.fileno(), 0))


@attempt
def join_user_namespace():
    with open("/proc/1/ns/user") as file:
        return in_child(lambda: call("setns", file.fileno(), CLONE_NEWUSER))
