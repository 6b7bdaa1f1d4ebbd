"""The outer namespaces of a person: there the person is root, and 65,535 subordinate ids are there too.

`gemini up` runs itself again in them, and then takes the same way as one that root started. After a restart the
user namespace of a sandbox that survived is joined, since only that one owns it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from . import programs, syscalls
from .abilities import FORCE, OUTER_REFUSED
from .errors import SandboxError
from .idmap import RANGE_SIZE
from .record import Record, known_ids

_FORBIDDEN = (
    "This system forbids namespaces to people ({error}). Run: "
    "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1 "
    "(the names that your system has), or start the platform as root."
)
_NO_IDS = (
    "You have no {size} subordinate ids ({error}). "
    "Run: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}"
)


def execute(argv: list[str]) -> NoReturn:
    """Replace this process by `argv`, in the outer namespaces where they are possible and needed.

    Where they are not, the command runs as it is and finds the reason in GEMINI_SANDBOX_REFUSED.
    """
    if not argv:
        raise SandboxError("which command?")
    if os.geteuid() != 0 and sys.platform == "linux" and not programs.missing() and os.environ.get(FORCE) != "plain":
        home = os.environ.get("GEMINI_HOME")
        refused = _try_in_child(home)
        if refused:
            os.environ[OUTER_REFUSED] = refused
            sys.stderr.write(f"{refused}\n")
        else:
            _enter(home)
    os.execvp(argv[0], argv)


def _try_in_child(home: str | None) -> str:
    """Why the outer namespaces cannot be had, or "". There is no way back out of half-made ones, hence a child."""
    read_fd, write_fd = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _enter(home)
        except (SandboxError, OSError) as error:
            os.write(write_fd, str(error).encode())
        finally:
            os._exit(0)
    os.close(write_fd)
    with os.fdopen(read_fd) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


def _enter(home: str | None) -> None:
    survivor = None if home is None else _surviving_user_namespace(Path(home))
    if survivor is not None:
        try:
            syscalls.setns(survivor, syscalls.CLONE_NEWUSER)
        except OSError as error:
            raise SandboxError(f"cannot join the namespace of a running sandbox: {error}") from error
    else:
        _make_user_namespace()
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    try:
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount("none", "/", None, syscalls.MS_REC | syscalls.MS_SLAVE)
    except OSError as error:
        raise SandboxError(_FORBIDDEN.format(error=error.strerror)) from error


def _surviving_user_namespace(home: Path) -> int | None:
    """The user namespace of a witness of this home that still runs."""
    for sandbox_id in known_ids(home):
        witness = Record(home, sandbox_id).identity("witness")
        if witness is None or not witness.alive():
            continue
        try:
            return os.open(f"/proc/{witness.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
    return None


def _make_user_namespace() -> None:
    """Leave for a new user namespace; a child that stays outside brings the ids."""
    ready_read, ready_write = os.pipe()
    result_read, result_write = os.pipe()
    uid, gid, pid = os.getuid(), os.getgid(), os.getpid()
    child = os.fork()
    if child == 0:
        os.close(ready_write)
        os.close(result_read)
        _bring_ids(pid, (uid, gid), ready_read, result_write)
    os.close(ready_read)
    os.close(result_write)
    try:
        syscalls.unshare(syscalls.CLONE_NEWUSER)
    except OSError as error:
        os.close(ready_write)
        os.waitpid(child, 0)
        raise SandboxError(_FORBIDDEN.format(error=error.strerror)) from error
    os.write(ready_write, b"1")
    os.close(ready_write)
    with os.fdopen(result_read) as pipe:
        error_text = pipe.read()
    os.waitpid(child, 0)
    if error_text:
        raise SandboxError(error_text)


def _bring_ids(pid: int, own: tuple[int, int], ready: int, result: int) -> NoReturn:
    """In the child: wait for the namespace, then map the person and the subordinate ids into it."""
    try:
        if os.read(ready, 1) == b"1":
            for kind, number in (("uid", own[0]), ("gid", own[1])):
                _map_ids(pid, kind, number)
    except (SandboxError, OSError) as error:
        os.write(result, str(error).encode())
    finally:
        os._exit(0)


def _map_ids(pid: int, kind: str, own: int) -> None:
    import pwd

    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    first = subordinate_ids(Path(f"/etc/sub{kind}").read_text(), name, os.getuid())
    command = [programs.path_of(f"new{kind}map"), str(pid), "0", str(own), "1", "1", str(first), str(RANGE_SIZE - 1)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        error_text = done.stderr.strip()
        raise SandboxError(_NO_IDS.format(size=RANGE_SIZE - 1, error=error_text, name=name))


def subordinate_ids(text: str, name: str, uid: int) -> int:
    """The first of at least 65,535 subordinate ids of a person, from the text of /etc/subuid or /etc/subgid."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == 3 and fields[0] in (name, str(uid)) and int(fields[2]) >= RANGE_SIZE - 1:
            return int(fields[1])
    raise SandboxError(_NO_IDS.format(size=RANGE_SIZE - 1, error="no line in /etc/subuid", name=name))
