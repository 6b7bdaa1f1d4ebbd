"""Builds the images of a cluster with buildah: `python images/build.py WHEEL [hub control-plane singleuser]`.

BASE (default localhost/python:3.11) is any Debian-like image with Python 3.11 or later; the result is
`localhost/gemini-<name>:<IMAGE_TAG>` (default test). What pip is told on this machine (its configuration, its
certificates, its local folders) it is told in the build, too, and none of it stays in an image. Layers are kept by
content, those of pip apart from ours: a build that finds nothing new takes seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
# Which extras of ours each image holds.
EXTRAS = {"hub": ["kubehub"], "control-plane": ["cluster"], "singleuser": ["singleuser"]}


def requirements(extras: list[str]) -> list[str]:
    """What our package and these extras of it ask for, each once and in a fixed order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {*project["dependencies"], *(one for extra in extras for one in of_extra(project, extra))}
    return sorted(named)


def of_extra(project: dict[str, dict[str, list[str]]], extra: str) -> Iterator[str]:
    """The requirements of one extra; one that names extras of ours is followed into them."""
    own = f"{project['name']}["
    for requirement in project["optional-dependencies"][extra]:
        if requirement.startswith(own):
            for other in requirement.removeprefix(own).rstrip("]").split(","):
                yield from of_extra(project, other)
        else:
            yield requirement


def make_context(folder: Path, wheel: Path) -> None:
    """Lays out what the Dockerfiles copy: our wheel and, for each image, the requirements it installs before it."""
    (folder / "wheel").mkdir()
    shutil.copyfile(wheel, folder / "wheel" / wheel.name)
    for name, extras in EXTRAS.items():
        (folder / f"{name}.txt").write_text("".join(f"{one}\n" for one in requirements(extras)))
    for path in (*folder.rglob("*"), folder):  # the time is part of what a layer is kept by
        os.utime(path, (0, 0))


def pip_settings() -> dict[str, str]:
    """What pip is told on this machine by its files and by variables, which win."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    settings: dict[str, str] = {}
    for line in sorted(listed.stdout.splitlines(), key=lambda one: one.startswith(":env:")):
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in {"global", "install", ":env:"} and name not in {"require-virtualenv", "user", "target", "prefix"}:
            settings[name] = value.strip("'\"").replace("\\n", "\n")
    return settings


def local_folders(settings: dict[str, str]) -> Iterator[str]:
    """The folders of this machine that pip looks for packages in."""
    for name in ("find-links", "index-url", "extra-index-url"):
        for place in settings.get(name, "").split():
            path = place if place.startswith("/") else urlsplit(place).path if place.startswith("file:") else ""
            if path and Path(path).is_dir():
                yield path


def pip_options(folder: Path) -> list[str]:
    """Options of buildah that give a build the machine's way to packages, as secrets and read-only folders."""
    settings = pip_settings()
    certificates = settings.pop("cert", "")
    options = []
    if certificates and Path(certificates).is_file():
        settings["cert"] = "/run/secrets/pip-cert"
        options += ["--secret", f"id=pip-cert,src={certificates}"]
    lines = [f"{name} = {value}".replace("\n", "\n    ") for name, value in settings.items()]
    (folder / "pip.conf").write_text("\n".join(["[global]", *lines, ""]))
    options += ["--secret", f"id=pip,src={folder / 'pip.conf'}"]
    # Some trees are links into other folders of the same machine: the folder above holds both.
    volumes = {str(Path(one).parent if Path(one).name == "simple" else one) for one in local_folders(settings)}
    return options + [part for one in sorted(volumes) for part in ("--volume", f"{one}:{one}:ro")]


def buildah(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs buildah and keeps what it says."""
    return subprocess.run(["buildah", *arguments], capture_output=True, text=True, check=False)


def inspect(image: str) -> dict[str, Any]:
    """What buildah knows of an image, which it pulls where it can.

    Raises:
        SystemExit: there is no such image.
    """
    if found := buildah("inspect", "--type", "image", image).stdout:
        return dict(json.loads(found))
    pulled = buildah("pull", "--quiet", image)
    if pulled.returncode:
        raise SystemExit(f"There is no base image {image}: {pulled.stderr.strip()}")
    return dict(json.loads(buildah("inspect", "--type", "image", image).stdout))


def layered(base: str) -> str:
    """The base, or a copy of it in one layer where it tells no history, without which buildah keeps no layers on it."""
    known = inspect(base)
    if known["OCIv1"].get("history"):
        return base
    copy = f"localhost/gemini-base:{known['FromImageID'][:12]}"
    if buildah("inspect", "--type", "image", copy).returncode:
        with tempfile.TemporaryDirectory() as empty:
            Path(empty, "Dockerfile").write_text(f"FROM {base}\n")
            run_build(["--squash", "--tag", copy, empty])
    return copy


def run_build(arguments: list[str]) -> None:
    """Builds as the arguments say, in silence.

    Raises:
        SystemExit: buildah failed; says what it said.
    """
    done = buildah("build", *arguments)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}")


def find_isolation(base: str) -> list[str]:
    """How buildah may run programs here: in namespaces of their own, or, where those are refused, without."""
    container = buildah("from", "--quiet", base).stdout.strip()
    try:
        return ["--isolation", "chroot"] if buildah("run", "--network", "host", container, "true").returncode else []
    finally:
        buildah("rm", container)


def main() -> None:
    """Builds what is named, or all, and writes the tags."""
    wheel, names = Path(sys.argv[1]), sys.argv[2:] or list(EXTRAS)
    with contextlib.ExitStack() as stack:
        context, secrets = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        make_context(context, wheel)
        base = layered(os.environ.get("BASE") or "localhost/python:3.11")
        # Packages come the way that this machine has to them.
        options = [*find_isolation(base), "--network", "host", *pip_options(secrets)]
        options += ["--layers", "--build-arg", f"BASE={base}"]
        for name in names:
            tag = f"localhost/gemini-{name}:{os.environ.get('IMAGE_TAG') or 'test'}"
            run_build([*options, "--tag", tag, "--file", str(ROOT / "images" / name / "Dockerfile"), str(context)])
            sys.stdout.write(f"{tag}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
