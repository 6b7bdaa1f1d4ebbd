"""Attempts on the kernel: its settings, its memory, calls that only the host's root has."""

import ctypes
import os
import socket
import struct

from .calls import DATA, attempt, call, libc, reads, refuse, writes


@attempt
def write_core_pattern():
    return writes("/proc/sys/kernel/core_pattern", "|/tmp/x")


@attempt
def write_modprobe_path():
    return writes("/proc/sys/kernel/modprobe", "/tmp/x")


@attempt
def drop_caches():
    return writes("/proc/sys/vm/drop_caches", "1")


@attempt
def write_network_setting():
    return writes("/proc/sys/net/ipv4/ip_forward", "1")


@attempt
def sysrq():
    return writes("/proc/sysrq-trigger", "h")


@attempt
def write_sysfs():
    return writes("/sys/kernel/uevent_helper" if os.path.exists("/sys/kernel/uevent_helper") else "/sys/x", "/tmp/x")


@attempt
def uid_map_of_process_one():
    return writes("/proc/1/uid_map", "0 0 1")


@attempt
def read_kernel_memory():
    return reads("/proc/kcore")


@attempt
def read_kernel_log_file():
    fd = os.open("/proc/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    return repr(os.read(fd, 16)) if os.read(fd, 16) else refuse("empty")


@attempt
def read_keys():
    return reads("/proc/keys")


@attempt
def kernel_log():
    return f"{call('syslog', 3, ctypes.create_string_buffer(64), 64)} bytes"


@attempt
def load_module():
    return f"loaded {call('init_module', ctypes.create_string_buffer(64), 64, b'')}"


@attempt
def load_module_file():
    fd = os.open("/etc/passwd", os.O_RDONLY)
    return f"loaded {call('finit_module', fd, b'', 0)}"


@attempt
def load_kernel():
    return f"loaded {call('kexec_load', 0, 0, 0, 0)}"


@attempt
def reboot():
    # The magic numbers, and "disable Ctrl-Alt-Del": harmless if it got through.
    return f"called {call('reboot', 0xFEE1DEAD, 672274793, 0, 0)}"


@attempt
def set_clock():
    time = struct.pack("qq", 0, 0)
    return f"set {call('clock_settime', 99, time)}"


@attempt
def set_host_name():
    socket.sethostname("elsewhere")
    return "set"


@attempt
def process_accounting():
    return f"on {call('acct', b'/tmp/acct')}"


@attempt
def swap_on():
    return f"on {call('swapon', b'/tmp/swap', 0)}"


@attempt
def bpf():
    return f"map {call('bpf', 0, struct.pack('IIII', 2, 4, 4, 1) + bytes(112), 128)}"


@attempt
def perf_events():
    attributes = struct.pack("II", 1, 128) + bytes(120)
    return f"event {call('perf_event_open', attributes, 0, -1, -1, 0)}"


@attempt
def add_key():
    return f"key {call('add_key', b'user', b'x', b'y', 1, -3)}"


@attempt
def request_key():
    return f"key {call('request_key', b'user', b'x', None, -3)}"


@attempt
def key_control():
    return f"keyring {call('keyctl', 0, -4, 1)}"


@attempt
def user_fault_descriptor():
    return f"descriptor {call('userfaultfd', 0)}"


@attempt
def io_uring():
    return f"ring {call('io_uring_setup', 4, ctypes.create_string_buffer(256))}"


@attempt
def file_handle():
    buffer = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    return f"handle {call('name_to_handle_at', -100, b'/gemini/data-1', buffer, ctypes.byref(ctypes.c_int()), 0)}"


@attempt
def open_by_handle():
    handle = struct.pack("Iiii", 8, 1, 2, 0)
    fd = os.open(DATA, os.O_RDONLY)
    return f"opened {call('open_by_handle_at', fd, handle, 0)}"


@attempt
def more_capabilities():
    header = struct.pack("Ii", 0x20080522, 0)
    if libc.capset(header, struct.pack("IIIIII", *[0xFFFFFFFF] * 6)) < 0:
        raise OSError(ctypes.get_errno(), "capset")
    return "set"


@attempt
def type_into_terminal():
    import fcntl

    leader, _follower = os.openpty()
    fcntl.ioctl(leader, 0x5412, b"x")
    return "typed"
