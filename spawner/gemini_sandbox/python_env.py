"""Where the Python that runs the platform lies, so that a sandbox has the same one; and a sandbox's variables."""

from __future__ import annotations

import os
import re
import site
import sys
from pathlib import Path

from .spec import RUN_TARGET, SandboxSpec

_PASSED = ("LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_PIP_PLACES = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_CACHE_DIR", "PIP_LOG", "PIP_CONFIG_FILE")
_SLOT = re.compile(r"/gemini/(?:(code|output)|data-(\d+)|pretrain(\d+))")


def prefixes() -> tuple[str, ...]:
    """The folders of this Python and of its virtual environment that do not lie in `/usr`, outermost only."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    found |= {os.path.realpath(folder) for folder in found}
    found.add(os.path.dirname(os.path.dirname(os.path.realpath(sys.executable))))
    return _outermost(folder for folder in found if os.path.isdir(folder) and not _below(folder, "/usr"))


def import_folders() -> tuple[str, ...]:
    """Folders outside the prefixes that this Python was told to import from: `.pth` files (an editable install)
    and PYTHONPATH. The working directory and the folder of a script are not among them, nor one that holds a home."""
    told = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), *_pth_folders()]
    home = os.path.expanduser("~")
    inside = ("/usr", *prefixes())
    folders = (os.path.abspath(folder) for folder in told if folder)
    return _outermost(
        folder
        for folder in folders
        if os.path.isdir(folder) and not _below(home, folder) and not any(_below(folder, other) for other in inside)
    )


def _pth_folders() -> list[str]:
    """The folders that the `.pth` files of the site folders name."""
    found = []
    for folder in {*site.getsitepackages(), *(path for path in sys.path if path.endswith("-packages"))}:
        for file in sorted(Path(folder).glob("*.pth")):
            lines = file.read_text(errors="replace").splitlines()
            found += [os.path.join(folder, line) for line in lines if line and not line.startswith(("import ", "#"))]
    return found


def _below(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)


def _outermost(folders: object) -> tuple[str, ...]:
    """Without those that lie in another one, in a steady order."""
    kept: list[str] = []
    for folder in sorted(set(folders), key=lambda name: (name.count("/"), name)):  # type: ignore[call-overload]
        if folder != "/" and not any(_below(folder, other) for other in kept):
            kept.append(folder)
    return tuple(kept)


def environment(spec: SandboxSpec, paths: dict[str, str], plain: bool = False) -> dict[str, str]:
    """The variables of process 1. `paths`: what each target of the contract is called for it; in plain mode these
    names win over those of the spec, which name paths that are not there."""
    root = {"HOME": os.path.expanduser("~")} if plain else {"HOME": "/root", "USER": "root", "LOGNAME": "root"}
    search = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    places = path_variables(paths)
    return {
        "LANG": "C.UTF-8",
        "SHELL": "/bin/bash",
        "PATH": f"{sys.prefix}/bin:{search}",
        **root,
        **passed_on(dict(os.environ)),
        **places,
        **spec.env,
        **(places if plain else {}),
    }


def passed_on(host: dict[str, str]) -> dict[str, str]:
    """The host's variables without which `pip` and TLS would not work inside."""
    named = (*_PASSED, *_PROXIES)
    return {
        name: value
        for name, value in host.items()
        if name in named or (name.startswith("PIP_") and name not in _PIP_PLACES)
    }


def path_variables(paths: dict[str, str]) -> dict[str, str]:
    """`GEMINI_CODE`, `GEMINI_DATA_1` … for the targets that have a name."""
    found = {"GEMINI_RUN": paths.get(RUN_TARGET, RUN_TARGET)}
    for target, path in paths.items():
        match = _SLOT.fullmatch(target)
        if match is None:
            continue
        folder, data, pretrain = match.groups()
        name = folder.upper() if folder else f"DATA_{data}" if data else f"PRETRAIN_{pretrain}"
        found[f"GEMINI_{name}"] = path
    return found
