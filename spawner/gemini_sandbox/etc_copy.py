"""A fresh `/etc` for a sandbox: what everybody may read of the host's, with accounts and names of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

# Secrets and names of this host, whatever their mode says.
_LEFT_OUT = frozenset(
    {"shadow", "shadow-", "gshadow", "gshadow-", "passwd-", "group-", "subuid", "subuid-", "subgid", "subgid-"}
    | {"machine-id", "fstab", "crypttab", "exports", "sudoers", "sudoers.d", "krb5.keytab", "netplan", "wireguard"}
    | {"NetworkManager", ".pwd.lock", ".git", "ssl/private", "hosts", "hostname", "resolv.conf", "passwd", "group"}
)
_LOWEST_PERSON = 1000
_NOBODY = 65534
_KEPT_SECONDS = 3600
"""A start may be about to use a template that no record names yet."""


def find_template(folder: Path) -> Path:
    """The copy of the host's `/etc` as it is now, below `folder`; made when the host's has changed.

    It is shared: each sandbox has an overlay on it. (A copy for each would take most of the time of a start.)
    """
    template = folder / _state_of("/etc")
    if template.is_dir():
        return template
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    _copy_folder("/etc", str(partial), "")
    passwd = system_accounts(Path("/etc/passwd").read_text())
    texts = {
        "passwd": passwd,
        "group": system_accounts(Path("/etc/group").read_text()),
        "shadow": locked_passwords(passwd),
        "machine-id": "",
    }
    for name, text in texts.items():
        (partial / name).write_text(text)
        (partial / name).chmod(0o640 if name == "shadow" else 0o644)
    partial.chmod(0o755)
    try:
        partial.rename(template)
    except OSError:
        # Another start was first.
        shutil.rmtree(partial)
    return template


def forget_others(folder: Path, used: set[str]) -> None:
    """Remove the templates below `folder` that are neither used nor the newest, and copies that a crash left."""
    if not folder.is_dir():
        return
    templates = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in templates[:-1]:
        if str(path) not in used and time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _state_of(folder: str) -> str:
    """A name that changes with every change below the folder."""
    digest = hashlib.sha256()
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            status = os.lstat(f"{root}/{name}")
            digest.update(f"{root}/{name} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()[:16]


def write_names(etc: Path, owner: int, hostname: str, name_servers: tuple[str, ...]) -> None:
    """Write into a sandbox's `/etc` what is its own: its name and its name servers."""
    texts = {
        "hostname": f"{hostname}\n",
        "hosts": f"127.0.0.1 localhost {hostname}\n::1 localhost ip6-localhost ip6-loopback\n",
        "resolv.conf": resolver(Path("/etc/resolv.conf"), name_servers),
    }
    for name, text in texts.items():
        (etc / name).write_text(text)
        os.chown(etc / name, owner, owner)


def _copy_folder(source: str, target: str, relative: str) -> None:
    """Copy what others may read, one folder; links stay links."""
    os.makedirs(target, mode=0o755, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            below = f"{relative}/{entry.name}".lstrip("/")
            if below not in _LEFT_OUT and entry.name not in _LEFT_OUT:
                _copy_entry(entry, f"{target}/{entry.name}", below)


def _copy_entry(entry: os.DirEntry[str], target: str, relative: str) -> None:
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(entry.path), target)
    elif stat.S_ISDIR(mode):
        if mode & 0o005 == 0o005:
            _copy_folder(entry.path, target, relative)
    elif stat.S_ISREG(mode) and mode & 0o004:
        shutil.copyfile(entry.path, target, follow_symlinks=False)
        os.chmod(target, mode & 0o755)


def system_accounts(text: str) -> str:
    """The lines of passwd or group that belong to the system: the host's people are no business of a sandbox."""
    kept = []
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) < 4 or not fields[2].isdigit():
            continue
        number = int(fields[2])
        if number < _LOWEST_PERSON or number == _NOBODY:
            members = len(fields) == 4
            kept.append(":".join([*fields[:3], "" if members else fields[3], *fields[4:]]))
    return "".join(f"{line}\n" for line in kept)


def locked_passwords(passwd: str) -> str:
    """A shadow file in which every account is locked; maintainer scripts of packages want one to be there."""
    return "".join(f"{line.split(':')[0]}:*:19000:0:99999:7:::\n" for line in passwd.splitlines())


def resolver(path: Path, name_servers: tuple[str, ...]) -> str:
    """resolv.conf with these name servers and the host's other lines."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        lines = []
    others = [line for line in lines if line.split()[:1] and line.split()[0] in ("search", "options", "domain")]
    return "".join(f"{line}\n" for line in (*(f"nameserver {server}" for server in name_servers), *others))
