"""What the attempts are made with: raw system calls, children, and what the host told."""

import ctypes
import json
import os
import socket
import sys

HOST = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
DATA = "/gemini/data-1"
FILE = f"{DATA}/a.txt"
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_MOVE = 1, 32, 4096, 8192
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"
# Calls whose numbers differ between architectures, by x86-64 and arm64.
NUMBERS = {
    "clone": (56, 220),
    "syslog": (103, 116),
    "pivot_root": (155, 41),
    "acct": (163, 89),
    "swapon": (167, 224),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "quotactl": (179, 60),
    "clock_settime": (227, 112),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "finit_module": (313, 273),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "clone3": (435, 435),
    "mount_setattr": (442, 442),
}

ATTEMPTS = {}


def attempt(function):
    """One of the attempts, by its name."""
    assert function.__name__ not in ATTEMPTS
    ATTEMPTS[function.__name__] = function
    return function


def call(name, *arguments):
    """A raw system call; raises OSError."""
    number = NUMBERS[name][0 if X86 else 1]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def mount(source, target, kind, flags, data=None):
    if libc.mount(source, target.encode(), kind, ctypes.c_ulong(flags), data) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return f"mounted {target}"


def in_child(function):
    """Run in a child, so that a success does not change this process; the child's evidence comes back."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, b"!" + str(function()).encode())
        except OSError as error:
            os.write(write, f"-{error.errno}".encode())
        finally:
            os._exit(0)
    os.close(write)
    text = os.read(read, 4096).decode()
    os.waitpid(pid, 0)
    if text.startswith("-"):
        raise OSError(int(text[1:]), os.strerror(int(text[1:])))
    return text or "died"


def connects(address, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(3)
        sock.connect(address)
        return f"connected to {address}"


def text_of(path):
    with open(path) as file:
        return file.read()


def refuse(why):
    raise OSError(1, why)


def writes(path, text):
    with open(path, "w") as file:
        file.write(text)
    return f"written {path}"


def reads(path):
    with open(path, "rb") as file:
        data = file.read(16)
    return repr(data) if data else refuse("empty")
