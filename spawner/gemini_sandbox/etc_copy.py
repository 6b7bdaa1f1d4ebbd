"""A fresh `/etc` for a sandbox: what everybody may read of the host's, with accounts and names of its own."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

# Secrets and names of this host, whatever their mode says.
_LEFT_OUT = frozenset(
    {"shadow", "shadow-", "gshadow", "gshadow-", "passwd-", "group-", "subuid", "subuid-", "subgid", "subgid-"}
    | {"machine-id", "fstab", "crypttab", "exports", "sudoers", "sudoers.d", "krb5.keytab", "netplan", "wireguard"}
    | {"NetworkManager", ".pwd.lock", ".git", "ssl/private", "hosts", "hostname", "resolv.conf", "passwd", "group"}
)
_LOWEST_PERSON = 1000
_NOBODY = 65534


def copy_etc(target: Path, owner: int, hostname: str, name_servers: tuple[str, ...]) -> None:
    """Fill the new folder `target`; all of it belongs to `owner`."""
    _copy_folder("/etc", str(target), "", owner)
    texts = {
        "passwd": system_accounts(Path("/etc/passwd").read_text()),
        "group": system_accounts(Path("/etc/group").read_text()),
        "hostname": f"{hostname}\n",
        "hosts": f"127.0.0.1 localhost {hostname}\n::1 localhost ip6-localhost ip6-loopback\n",
        "resolv.conf": resolver(Path("/etc/resolv.conf"), name_servers),
        "machine-id": "",
    }
    texts["shadow"] = locked_passwords(texts["passwd"])
    for name, text in texts.items():
        path = target / name
        path.write_text(text)
        path.chmod(0o640 if name == "shadow" else 0o644)
        os.chown(path, owner, owner)


def _copy_folder(source: str, target: str, relative: str, owner: int) -> None:
    """Copy what others may read, one folder; links stay links."""
    os.makedirs(target, exist_ok=True)
    os.chown(target, owner, owner)
    with os.scandir(source) as entries:
        for entry in entries:
            below = f"{relative}/{entry.name}".lstrip("/")
            if below not in _LEFT_OUT and entry.name not in _LEFT_OUT:
                _copy_entry(entry, f"{target}/{entry.name}", below, owner)


def _copy_entry(entry: os.DirEntry[str], target: str, relative: str, owner: int) -> None:
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(entry.path), target)
        os.chown(target, owner, owner, follow_symlinks=False)
    elif stat.S_ISDIR(mode):
        if mode & 0o005 == 0o005:
            _copy_folder(entry.path, target, relative, owner)
    elif stat.S_ISREG(mode) and mode & 0o004:
        shutil.copyfile(entry.path, target, follow_symlinks=False)
        os.chmod(target, mode & 0o755)
        os.chown(target, owner, owner)


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
