"""Attempts on the host's files, sockets and people."""

import glob
import os
import socket
import stat

from .calls import HOST, attempt, connects, in_child, reads, refuse, text_of


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
