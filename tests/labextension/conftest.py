"""A real JupyterLab with our front end as it was built, and a real Chromium to look at it.

No platform is behind it: what is tested here is Lab's side alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from platform_fixture import free_ports

BUILT = Path(__file__).parents[2] / "server_extension/gemini_server/labextension"
START_SECONDS = 60


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and the folder of its settings."""

    url: str
    settings: Path

    def speak(self, locale: str) -> None:
        """Sets Lab's language as its own menu would."""
        folder = self.settings / "@jupyterlab/translation-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plugin.jupyterlab-settings").write_text(json.dumps({"locale": locale}))


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Returns when `url` answers; raises when the server has ended or is late."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(url)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab in folders of its own, with a Python file in its root."""
    assert (BUILT / "package.json").is_file(), "The front end is not built: run `make build`."
    home = tmp_path_factory.mktemp("lab")
    code, settings = home / "code", home / "settings"
    code.mkdir()
    (code / "train.py").write_text("print('train')\n")
    extensions = home / "extensions/@gemini"
    extensions.mkdir(parents=True)
    (extensions / "lab").symlink_to(BUILT)
    port = free_ports(1)
    environment = dict(os.environ) | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    argv = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    argv += [
        "--ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        f"--ServerApp.root_dir={code}",
    ]
    argv += [f"--LabApp.extra_labextensions_path={extensions.parent}", "--LabApp.news_url="]
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(argv, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=home)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/api/status", process)
        yield Lab(url, settings)
    finally:
        process.terminate()
        process.wait(20)
