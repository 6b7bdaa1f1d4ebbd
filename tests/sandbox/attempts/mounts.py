"""Attempts on what is mounted."""

import ctypes
import struct

from .calls import DATA, MS_BIND, MS_MOVE, MS_REMOUNT, attempt, call, libc, mount


@attempt
def remount_data():
    return mount(None, DATA, None, MS_REMOUNT | MS_BIND)


@attempt
def remount_data_super_block():
    return mount(None, DATA, None, MS_REMOUNT)


@attempt
def unmount_data():
    if libc.umount2(DATA.encode(), 0) < 0:
        raise OSError(ctypes.get_errno(), "umount")
    return "unmounted"


@attempt
def unmount_data_lazily():
    if libc.umount2(DATA.encode(), 2) < 0:
        raise OSError(ctypes.get_errno(), "umount")
    return "unmounted"


@attempt
def unmount_masked_path():
    if libc.umount2(b"/proc/sys", 2) < 0:
        raise OSError(ctypes.get_errno(), "umount")
    return "unmounted"


@attempt
def bind_mount():
    return mount(b"/gemini/code", "/mnt", None, MS_BIND)


@attempt
def move_mount_old():
    return mount(DATA.encode(), "/mnt", None, MS_MOVE)


@attempt
def mount_tmpfs():
    return mount(b"none", "/mnt", b"tmpfs", 0)


@attempt
def mount_proc():
    return mount(b"none", "/mnt", b"proc", 0)


@attempt
def mount_sysfs():
    return mount(b"none", "/mnt", b"sysfs", 0)


@attempt
def mount_cgroup():
    return mount(b"none", "/mnt", b"cgroup", 0, b"memory")


@attempt
def mount_overlay():
    return mount(b"none", "/mnt", b"overlay", 0, b"lowerdir=/usr,upperdir=/tmp,workdir=/var/tmp")


@attempt
def clear_read_only_attribute():
    attributes = struct.pack("QQQQ", 0, 1, 0, 0)
    return f"cleared {call('mount_setattr', -100, DATA.encode(), 0, attributes, 32)}"


@attempt
def clone_mount():
    return f"cloned {call('open_tree', -100, DATA.encode(), 1)}"


@attempt
def attach_mount():
    return f"moved {call('move_mount', -100, DATA.encode(), -100, b'/mnt', 0)}"


@attempt
def new_file_system():
    return f"opened {call('fsopen', b'tmpfs', 0)}"


@attempt
def pivot_root():
    return f"pivoted {call('pivot_root', b'/tmp', b'/tmp')}"
