"""An image with PyTorch for processors, made of a wheel that pip finds in a folder of this machine.

From a registry it would bring gigabytes for cards that no test has; without such a wheel the tests skip and say so.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from installed_fixture import ROOT, Missing, image_builder, load_image

IMAGE = "localhost/gemini-torch:test"
WHEEL = re.compile(rf"torch-(\d[\w.]*\+cpu)-cp{sys.version_info.major}{sys.version_info.minor}-")


def _version(folders: list[str]) -> str:
    for folder in folders:
        for path in sorted(Path(folder).glob("torch-*+cpu-*.whl")):
            if found := WHEEL.match(path.name):
                return found[1]
    raise Missing("pip finds no wheel of PyTorch for processors in a folder of this machine")


def bring_torch() -> None:
    """Has the image in the cluster.

    Raises:
        Missing: there is no wheel, no program that builds, or our own wheel is not built.
    """
    if not shutil.which("buildah"):
        raise Missing("there is no buildah")
    build = image_builder()
    version = _version(list(build.local_folders(build.pip_settings())))
    wheels = sorted((ROOT / "dist").glob("gemini_jupyter-*.whl"))
    if not wheels:
        raise Missing("our wheel is not built: run `make images`")
    base = build.layered(os.environ.get("BASE") or "localhost/python:3.11")
    with tempfile.TemporaryDirectory() as context, tempfile.TemporaryDirectory() as secrets:
        build.make_context(Path(context), wheels[-1])
        options = [*build.find_isolation(base), "--network", "host", *build.pip_options(Path(secrets)), "--layers"]
        options += ["--build-arg", f"BASE={base}", "--build-arg", f"TORCH={version}", "--tag", IMAGE]
        build.run_build([*options, "--file", str(ROOT / "tests" / "cluster" / "torch" / "Dockerfile"), context])
    load_image(IMAGE)
