"""Tries to get out of a sandbox, run as root inside. Standard library only; not a test module of pytest's.

Reads what the host knows (ports, paths) as JSON from argv[1] and prints {name: outcome}. An attempt that raises
OSError was denied; one that returns a text got through, and the text is the evidence.
"""

import ctypes
import glob
import json
import os
import signal
import socket
import stat
import struct
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


# ---- the data


@attempt
def write_data():
    with open(FILE, "w") as file:
        file.write("changed")
    return "written"


@attempt
def append_data():
    with open(FILE, "a") as file:
        file.write("more")
    return "appended"


@attempt
def create_in_data():
    open(f"{DATA}/new", "w").close()
    return "created"


@attempt
def unlink_data():
    os.unlink(FILE)
    return "removed"


@attempt
def rename_in_data():
    os.rename(FILE, f"{DATA}/b.txt")
    return "renamed"


@attempt
def truncate_data():
    os.truncate(FILE, 0)
    return "truncated"


@attempt
def chmod_data():
    os.chmod(FILE, 0o777)
    return "mode changed"


@attempt
def chown_data():
    os.chown(FILE, 5, 5)
    return "owner changed"


@attempt
def touch_data():
    os.utime(FILE, (1, 1))
    return "time changed"


@attempt
def xattr_data():
    os.setxattr(FILE, "user.x", b"1")
    return "attribute set"


@attempt
def remove_data_mountpoint():
    os.rmdir(DATA)
    return "removed"


@attempt
def rename_data_mountpoint():
    os.rename(DATA, "/gemini/elsewhere")
    return "renamed"


@attempt
def hard_link_to_data():
    os.link(FILE, "/gemini/code/linked")
    return "linked"


@attempt
def hard_link_inside_data():
    os.link(FILE, f"{DATA}/linked")
    return "linked"


@attempt
def hard_link_by_descriptor():
    fd = os.open(FILE, os.O_RDONLY)
    os.link(f"/proc/self/fd/{fd}", "/gemini/code/linked", follow_symlinks=True)
    return "linked"


@attempt
def reopen_descriptor_writable():
    fd = os.open(FILE, os.O_RDONLY)
    os.close(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
    return "opened for writing"


@attempt
def reopen_path_descriptor_writable():
    fd = os.open(FILE, os.O_PATH)
    os.close(os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_APPEND))
    return "opened for writing"


@attempt
def data_through_process_root():
    with open(f"/proc/1/root{FILE}", "w") as file:
        file.write("changed")
    return "written"


@attempt
def shared_writable_map():
    import mmap

    fd = os.open(FILE, os.O_RDONLY)
    try:
        mmap.mmap(fd, 1, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)[0] = 65
    except PermissionError as error:
        raise OSError(error.errno, "denied") from error
    return "mapped for writing"


# ---- mounts


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


# ---- namespaces


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


# ---- the kernel


def writes(path, text):
    with open(path, "w") as file:
        file.write(text)
    return f"written {path}"


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


def reads(path):
    with open(path, "rb") as file:
        data = file.read(16)
    return repr(data) if data else refuse("empty")


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


# ---- devices


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


# ---- the host


@attempt
def read_platform_home():
    return str(os.listdir(HOST["home"]))


@attempt
def read_platform_secret():
    return reads(HOST["secret"])


@attempt
def platform_socket():
    return connects(HOST["socket"], socket.AF_UNIX)


@attempt
def abstract_socket_of_host():
    return connects("\0" + HOST["abstract"], socket.AF_UNIX)


@attempt
def password_hashes():
    text = text_of("/etc/shadow")
    hashes = [line for line in text.splitlines() if line.split(":")[1] not in ("*", "!", "!*", "!!")]
    return str(hashes) if hashes else refuse("all are locked")


@attempt
def private_keys():
    found = [*glob.glob("/etc/ssh/ssh_host*_key"), *glob.glob("/etc/ssl/private/*"), *glob.glob("/etc/sudoers*")]
    return str(found) if found else refuse("none")


@attempt
def homes_of_people():
    found = os.listdir("/home")
    return str(found) if found else refuse("none")


@attempt
def names_of_people():
    people = [line for line in text_of("/etc/passwd").splitlines() if 1000 <= int(line.split(":")[2]) < 65534]
    return str(people) if people else refuse("none")


@attempt
def home_of_root():
    # The way to a Python below /root may show; nothing else of it.
    shown = set(os.listdir("/root")) - {part for path in HOST["python"] for part in path.split("/")}
    return str(shown) if shown else refuse("fresh")


@attempt
def services_of_host():
    shown = set(os.listdir("/run")) - {"lock", "gemini"}
    return str(shown) if shown else refuse("fresh")


@attempt
def change_root_and_climb():
    def climb():
        os.makedirs("/tmp/jail", exist_ok=True)
        root = os.open("/", os.O_RDONLY)
        os.chroot("/tmp/jail")
        os.fchdir(root)
        for _ in range(100):
            os.chdir("..")
        os.chroot(".")
        return "out" if os.path.exists(HOST["secret"]) else refuse("still inside")

    return in_child(climb)


@attempt
def climb_through_process_root():
    path = "/proc/1/root" + "/.." * 20 + HOST["secret"]
    return reads(path)


@attempt
def climb_through_working_directory():
    path = "/proc/1/cwd" + "/.." * 20 + HOST["secret"]
    return reads(path)


@attempt
def leaked_descriptors():
    found = []
    for link in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            mode = os.stat(link).st_mode
            target = os.readlink(link)
        except OSError:
            continue
        if stat.S_ISDIR(mode) and not target.startswith(("/proc", "/gemini", "/tmp")):
            found.append(f"{link} -> {target}")
    return str(found) if found else refuse("none")


# ---- processes


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


# ---- the network


@attempt
def host_loopback_port():
    return connects(("127.0.0.1", HOST["closed_port"]))


@attempt
def host_loopback_port_6():
    return connects(("::1", HOST["closed_port"]), socket.AF_INET6)


@attempt
def host_port_by_gateway():
    with open("/proc/net/route") as table:
        rows = [line.split() for line in table][1:]
    gateways = [row[2] for row in rows if row[1] == "00000000"]
    if not gateways:
        refuse("no gateway")
    return connects((socket.inet_ntoa(bytes.fromhex(gateways[0])[::-1]), HOST["closed_port"]))


@attempt
def host_port_by_own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("192.0.2.200", 9))
        address = sock.getsockname()[0]
    return connects((address, HOST["closed_port"]))


@attempt
def neighbour_port():
    return connects(("127.0.0.1", HOST["neighbour_port"]))


@attempt
def raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP).close()
    return "opened"


@attempt
def packet_socket():
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    return "opened"


@attempt
def hypervisor_socket():
    socket.socket(40, socket.SOCK_STREAM).close()
    return "opened"


@attempt
def change_interface():
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 0))
    return "changed"


def main():
    # A control: what must work does, so that a broken sandbox does not look like a tight one.
    outcomes = {"read the data": text_of(FILE), "write the code": bool(writes("/gemini/code/mine", "x"))}
    report = {}
    for name, function in ATTEMPTS.items():
        try:
            report[name] = {"through": str(function())}
        except OSError as error:
            report[name] = {"denied": str(error)}
    print(json.dumps({"controls": outcomes, "attempts": report}))


main()
