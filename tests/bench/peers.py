"""What people would otherwise use, as it comes: a hub without us behind the same proxy, and jupyter-scheduler."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from gemini_spawner.server import server_argv
from platform_fixture import free_ports, wait_for
from sqlalchemy import create_engine, insert, select, text

PERSON = "carol"
_RUNS = "JupyterHub is now running at"
SCHEDULER = "jupyter-scheduler==2.12.1"
CACHE = Path(__file__).parents[2] / ".bench"
"""Where peers are installed; git ignores it."""

_HUB = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.db_url = "sqlite:///{folder}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.JupyterHub.proxy_class = "traefik_file"
c.TraefikProxy.traefik_api_url = "http://127.0.0.1:{api_port}"
c.TraefikProxy.traefik_api_password = "{token}"
c.TraefikFileProviderProxy.static_config_file = "{folder}/traefik.toml"
c.TraefikFileProviderProxy.dynamic_config_file = "{folder}/routes.toml"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{"{person}"}}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/people/{{username}}"
c.JupyterHub.allow_named_servers = True
c.Spawner.cmd = {argv}
c.Spawner.environment = {{"JUPYTERHUB_DEFAULT_URL": "/lab"}}
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:servers", "tokens"]}}
]
"""


class BareHub:
    """A JupyterHub of the same versions with Traefik and the spawner for trying things out, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(4)
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "people" / PERSON).mkdir(parents=True)
        argv = server_argv(lambda _: str(folder / "people" / PERSON))
        places = {"hub_port": self.port + 1, "api_port": self.port + 3, "folder": folder, "person": PERSON}
        config = _HUB.format(port=self.port, token=self.token, argv=list(argv), **places)
        (folder / "jupyterhub_config.py").write_text(config)

    def start(self) -> float:
        """Starts both; seconds until the hub answers through the proxy. Returns when it has started wholly."""
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        began = time.perf_counter()
        with (self.folder / "hub.log").open("ab") as log:
            earlier = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "--config", "jupyterhub_config.py"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers, "an answer of the bare hub", 120, pause=0.02)
        took = time.perf_counter() - began
        # Told to end before that, it leaves its proxy behind, which then answers for all its later lives.
        wait_for(lambda: _RUNS in self._log(earlier), "the bare hub's word that it runs", 60, pause=0.02)
        return took

    def _log(self, offset: int = 0) -> str:
        with (self.folder / "hub.log").open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self._log()[-2000:]
        try:
            return httpx.get(f"{self.url}/hub/api", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """Ends both, and every server; AssertionError where its proxy is left."""
        if self.process is not None and self.process.poll() is None:
            proxies = self._proxies()
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            # It waits up to ten seconds for what is still open.
            _, left = psutil.wait_procs(proxies, 40)
            for proxy in left:
                proxy.kill()
            assert not left, "the bare hub's proxy outlived it"

    @property
    def pid(self) -> int:
        """The hub's."""
        assert self.process is not None
        return self.process.pid

    @property
    def proxy(self) -> psutil.Process:
        """The proxy, which is the hub's child; AssertionError where it does not run."""
        (proxy,) = self._proxies()
        assert proxy.status() != psutil.STATUS_ZOMBIE, self._log()[-2000:]
        return proxy

    def _proxies(self) -> list[psutil.Process]:
        return [one for one in psutil.Process(self.pid).children() if one.name().startswith("traefik")]

    @property
    def headers(self) -> dict[str, str]:
        """Of a service that may ask for everything."""
        return {"Authorization": f"token {self.token}"}

    def person_token(self) -> str:
        """A token of the one person."""
        answer = httpx.post(f"{self.url}/hub/api/users/{PERSON}/tokens", headers=self.headers, json={}, timeout=30)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def people(self, count: int) -> None:
        """Fills the database of a hub that does not run with so many people, in the role that all people have."""
        engine = create_engine(f"sqlite:///{self.folder}/jupyterhub.sqlite")
        from jupyterhub import orm

        with engine.begin() as tx:
            role = tx.scalar(select(orm.Role.id).where(orm.Role.name == "user"))
            first = int(tx.scalar(text("SELECT max(id) FROM users")) or 0) + 1
            now = datetime.now(UTC).replace(tzinfo=None)
            numbers = range(first, first + count)
            tx.execute(
                insert(orm.User),
                [
                    {"id": one, "name": f"person-{one}", "admin": False, "created": now, "cookie_id": f"{one:032}"}
                    for one in numbers
                ],
            )
            tx.execute(
                text("INSERT INTO user_role_map (user_id, role_id, managed_by_auth) VALUES (:user, :role, 0)"),
                [{"user": one, "role": role} for one in numbers],
            )
        engine.dispose()


class Scheduler:
    """A Jupyter server with jupyter-scheduler, in an environment of its own: installed beside us it would show."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(1)
        self.token = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def program() -> Path:
        """Its Python, installed where it is missing (half a minute)."""
        python = CACHE / SCHEDULER / "bin" / "python"
        if not python.exists():
            folder = CACHE / SCHEDULER
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([_plain_python(), "-m", "venv", str(folder)], check=True)
            pip = [str(python), "-m", "pip", "install", "-q", SCHEDULER, "ipykernel"]
            done = subprocess.run(pip, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                shutil.rmtree(folder)
                raise RuntimeError(f"{SCHEDULER} could not be installed:\n{done.stderr[-2000:]}")
        return python.absolute()

    def start(self) -> None:
        """Starts it; returns when it answers."""
        own = {
            name: str(self.folder / name) for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")
        }
        Path(own["JUPYTER_DATA_DIR"]).mkdir()  # its database goes there, and it does not make the folder
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self.program()), "-m", "jupyter_server", "--no-browser", "--allow-root"),
                    f"--ServerApp.port={self.port}",
                    f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.root_dir={self.folder}",
                ],
                cwd=self.folder,
                env={**os.environ, **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: self._ask("GET", "scheduler/runtime_environments") is not None, "jupyter-scheduler", 60)

    def run_now(self, code: str, said: str) -> float:
        """Seconds from "run now" of a notebook with one cell until what it says can be read."""
        cell = {
            "cell_type": "code",
            "source": code,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "id": "one",
        }
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / "job.ipynb").write_text(json.dumps(notebook))
        body = {"name": "job", "input_uri": "job.ipynb", "runtime_environment_name": self._environment()}
        began = time.perf_counter()
        made = self._ask("POST", "scheduler/jobs", {**body, "output_formats": ["ipynb"]})
        assert made is not None
        staged = self.folder / "JUPYTER_DATA_DIR" / "scheduler_staging_area" / made["job_id"]
        wait_for(lambda: _says(staged, said), "what the scheduled job says", 60, pause=0.01)
        return time.perf_counter() - began

    def _environment(self) -> str:
        answer = self._ask("GET", "scheduler/runtime_environments")
        return str(answer[0]["name"])

    def _ask(self, verb: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"token {self.token}"}
        try:
            answer = httpx.request(verb, f"http://127.0.0.1:{self.port}/{path}", headers=headers, json=body, timeout=30)
        except httpx.HTTPError:
            return None
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stop(self) -> None:
        """Ends it and its kernels."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)


def _says(folder: Path, said: str) -> bool:
    """Whether an output of a notebook below `folder` has `said` in it, and not only its source."""
    for path in folder.glob("*.ipynb") if folder.exists() else ():
        try:
            cells = json.loads(path.read_text())["cells"]
        except ValueError:
            continue  # it is being written
        if any(said in json.dumps(output) for cell in cells for output in cell.get("outputs", [])):
            return True
    return False


def _plain_python() -> str:
    """The interpreter that our own environment was made from."""
    return os.path.realpath(sys.executable)
