"""The root file system of a sandbox, put together in the witness's private mount namespace.

    / (a folder on disk)   etc bin lib … tmp root home run var gemini    fresh, temporary
    /usr, Python, dpkg     overlays: the host's below, the sandbox's own changes above (on disk, temporary)
    mounts of the spec     at their targets; read-only ones locked against the root inside

Started by root, what lies below shows root inside as owner (idmapped mounts); started by a person, `/usr` is
bound read-only, since the kernel lets nobody else map ids of the host's disk.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import syscalls
from .errors import SandboxError
from .etc_copy import write_names
from .spec import Mode, Mount, SandboxSpec

# Folders in which a mount hides nothing that a sandbox is made from; the first that fits is taken.
_STAGES = ("/mnt", "/media", "/srv", "/opt", "/run", "/var/tmp")
_USR_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_READ_ONLY = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NODEV
_WRITABLE = syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NODEV

_FOLDERS = (
    *(("dev", 0o755), ("proc", 0o555), ("sys", 0o555), ("home", 0o755), ("mnt", 0o755), ("media", 0o755)),
    *(("opt", 0o755), ("srv", 0o755), ("root", 0o700), ("run", 0o755), ("run/lock", 0o1777), ("tmp", 0o1777)),
    *(("var", 0o755), ("var/backups", 0o755), ("var/cache", 0o755), ("var/cache/apt", 0o755)),
    *(("var/cache/apt/archives", 0o755), ("var/cache/apt/archives/partial", 0o700), ("var/cache/debconf", 0o755)),
    *(("var/lib", 0o755), ("var/lib/misc", 0o755), ("var/lib/pam", 0o755), ("var/local", 0o2775)),
    *(("var/log", 0o755), ("var/log/apt", 0o755), ("var/mail", 0o2775), ("var/opt", 0o755), ("var/spool", 0o755)),
    *(("var/tmp", 0o1777), ("gemini", 0o755)),
)


@dataclass(frozen=True)
class Layout:
    """What of the host shows in a sandbox beside the mounts of its spec.

    `etc`: the template of `/etc`; `writable`: folders (Python's) with an overlay; `read_only`: folders that its
    programs are imported from.
    """

    mode: Mode
    home: Path
    etc: Path
    writable: tuple[str, ...]
    read_only: tuple[str, ...]


def choose_stages(needed: Iterable[Path]) -> tuple[Path, Path]:
    """Two folders that everybody may enter and that hold nothing of what is needed: one to work in, one for the root.

    The root's own must be there on the host too: `runc exec` begins in it, whatever is mounted there.
    """
    paths = [path.resolve() for path in needed]
    found = []
    for name in _STAGES:
        stage = Path(name)
        free = not any(path.is_relative_to(stage) for path in paths)
        if free and stage.is_dir() and not stage.is_symlink() and stage.stat().st_mode & 0o005 == 0o005:
            found.append(stage)
    if len(found) < 2:
        raise SandboxError(f"of {', '.join(_STAGES)} two must be free for temporary mounts")
    return found[0], found[1]


class RootFileSystem:
    """Builds one root at `path` with the help of `stage`; the caller is alone in its mount namespace."""

    def __init__(self, path: Path, stage: Path, layout: Layout, owner: int, user_namespace: str) -> None:
        self.path = path
        self._stage = stage
        self._layout = layout
        self._owner = owner
        self._idmap_fd = os.open(user_namespace, os.O_RDONLY | os.O_CLOEXEC) if layout.mode == "root" else None
        self._root_fd = -1
        self._layers = 0

    def build(self, spec: SandboxSpec, base: Path, upper: Path, run: Path, name_servers: tuple[str, ...]) -> None:
        """Put everything together: `base` is the root's own folder, `upper` holds the overlays' changes."""
        (self._stage / "upper").mkdir()
        (self._stage / "lower").mkdir()
        syscalls.mount(str(upper), str(self._stage / "upper"), None, syscalls.MS_BIND)
        syscalls.mount(str(base), str(self.path), None, syscalls.MS_BIND)
        self._root_fd = os.open(self.path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._make_base()
        self._overlay(str(self._layout.etc), "/etc")
        write_names(self.path / "etc", self._owner, spec.hostname, name_servers)
        self._add_system()
        self._add_python()
        self._hide_home()
        self._bind(Mount(run, "/run/gemini", read_only=False))
        for mount in sorted(spec.mounts, key=lambda mount: mount.target.count("/")):
            self._bind(mount)

    def _make_base(self) -> None:
        for name, mode in _FOLDERS:
            path = self.path / name
            path.mkdir(exist_ok=True)
            path.chmod(mode)
            os.chown(path, self._owner, self._owner)
        links = {name: os.readlink(f"/{name}") for name in _USR_LINKS if os.path.islink(f"/{name}")}
        for name, target in {"var/run": "/run", "var/lock": "/run/lock", **links}.items():
            (self.path / name).symlink_to(target)
            os.chown(self.path / name, self._owner, self._owner, follow_symlinks=False)

    def _add_system(self) -> None:
        folders = ["/usr", *(f"/{name}" for name in _USR_LINKS if not Path("/", name).is_symlink())]
        changeable = [*folders, "/var/lib/dpkg", "/var/lib/apt"]
        for folder in filter(os.path.isdir, changeable):
            if self._layout.mode == "root":
                self._overlay(folder, folder)
            else:
                self._bind(Mount(Path(folder).resolve(), folder), attributes=syscalls.MOUNT_ATTR_RDONLY)

    def _add_python(self) -> None:
        for folder in self._layout.writable:
            self._overlay(folder, folder)
        for folder in self._layout.read_only:
            self._bind(Mount(Path(folder).resolve(), folder))

    def _hide_home(self) -> None:
        """The platform's home may lie below a folder that shows inside: an empty one is mounted over it."""
        home = self._layout.home.resolve()
        shown = ("/usr", *self._layout.writable, *self._layout.read_only)
        if any(home.is_relative_to(folder) for folder in shown):
            flags = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV
            syscalls.mount("none", f"{self.path}{home}", "tmpfs", flags, "mode=755,size=4k")

    def _overlay(self, folder: str, target_path: str) -> None:
        """The host's folder at a path inside, with the sandbox's own changes above it."""
        lower = self._stage / "lower" / str(self._layers)
        changes = self._stage / "upper" / str(self._layers)
        self._layers += 1
        for path in (lower, changes, changes / "up", changes / "work"):
            path.mkdir()
        os.chown(changes / "up", self._owner, self._owner)
        (changes / "up").chmod(os.stat(folder).st_mode & 0o1777)
        lower_fd = os.open(lower, os.O_PATH | os.O_DIRECTORY)
        tree = self._clone(Path(folder).resolve(), 0, required=True)
        syscalls.move_mount(tree, lower_fd)
        os.close(tree)
        os.close(lower_fd)
        target = open_target(self._root_fd, target_path, is_folder=True, owner=self._owner)
        options = f"lowerdir={lower},upperdir={changes / 'up'},workdir={changes / 'work'}"
        if self._layout.mode != "root":
            options += ",userxattr"
        syscalls.mount("overlay", f"/proc/self/fd/{target}", "overlay", syscalls.MS_NODEV, options)
        os.close(target)

    def _clone(self, source: Path, attributes: int, required: bool) -> int:
        """A detached copy of the mount at `source`, showing the host's root as root inside where possible."""
        tree = syscalls.open_tree_without_links(str(source))
        if self._idmap_fd is not None:
            try:
                syscalls.mount_setattr(tree, attributes | syscalls.MOUNT_ATTR_IDMAP, self._idmap_fd)
            except OSError:
                # Not every file system can map ids. Data is then read by its mode; an overlay needs the mapping.
                if required:
                    raise
            else:
                return tree
        syscalls.mount_setattr(tree, attributes)
        return tree

    def _bind(self, mount: Mount, attributes: int | None = None) -> None:
        if not mount.source.exists():
            raise SandboxError(f"{mount.source} is not there, wanted at {mount.target}")
        if mount.read_only:
            tree = self._clone(mount.source, _READ_ONLY if attributes is None else attributes, required=False)
        else:
            # Not mapped: what root inside writes belongs to its workspace's range on disk.
            tree = syscalls.open_tree_without_links(str(mount.source))
            syscalls.mount_setattr(tree, _WRITABLE)
        target = open_target(self._root_fd, mount.target, mount.source.is_dir(), self._owner)
        syscalls.move_mount(tree, target)
        os.close(tree)
        os.close(target)


def open_target(root_fd: int, target: str, is_folder: bool, owner: int) -> int:
    """Open a path below `root_fd` as a place to mount on, making what is missing; no link is ever followed."""
    fd = os.dup(root_fd)
    parts = target.strip("/").split("/")
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        try:
            following = _open_part(fd, part, owner, is_folder or not last)
        except OSError as error:
            raise SandboxError(f"cannot mount at {target}: {part}: {error.strerror}") from error
        finally:
            os.close(fd)
        fd = following
    return fd


def _open_part(parent: int, name: str, owner: int, is_folder: bool) -> int:
    flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        fd = os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        if is_folder:
            os.mkdir(name, 0o755, dir_fd=parent)
        else:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o644, dir_fd=parent))
        os.chown(name, owner, owner, dir_fd=parent, follow_symlinks=False)
        fd = os.open(name, flags, dir_fd=parent)
    mode = os.fstat(fd).st_mode
    if stat.S_ISLNK(mode) or stat.S_ISDIR(mode) != is_folder:
        os.close(fd)
        raise OSError(0, "is a link" if stat.S_ISLNK(mode) else "is not of the same kind")
    return fd
