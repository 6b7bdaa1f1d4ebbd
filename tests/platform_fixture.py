"""The whole platform, for tests: `gemini up` in a folder of its own on free ports, ended with all that it started.

`platform` (one for the session) is what a fresh clone's `make run` starts: the sample workspace is there, `alice`
owns and operates it, `bob` is a member.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from gemini_client import Client
from gemini_sandbox import Sandboxes

READY = "Gemini for Jupyter is ready"
READY_WITHIN_SECONDS = 120
PARTS = ("proxy", "hub", "control")

Seen = TypeVar("Seen")


def wait_for(look: Callable[[], Seen], what: str, seconds: float = 60, *, pause: float = 0.1) -> Seen:
    """What `look` sees as soon as it is true; fails saying `what` was awaited and what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s; last seen: {seen!r}"
        time.sleep(pause)


def free_ports(count: int) -> int:
    """The first of `count` ports of the loopback that follow one another and are free."""
    while True:
        first = random.randrange(20000, 30000)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    probe = held.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


class Platform:
    """`gemini up` of one folder. `start` it again after `kill("supervisor")` or `leave()`.

    `variables` may say `{port}` for GEMINI_PORT. `url` is for programs, `address` for browsers.
    """

    def __init__(self, home: Path, account: pwd.struct_passwd | None = None, **variables: str) -> None:
        self.home = home
        self._account = account
        self.port = free_ports(4)
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_url = f"{self.url}/services/gemini/api/v1"
        self.output = home.with_name(home.name + ".out")
        self.process: subprocess.Popen[bytes] | None = None
        self._variables = {name: value.replace("{port}", str(self.port)) for name, value in variables.items()}
        self.address = self._variables.get("GEMINI_SUBDOMAINS", self.url)
        self._tokens: dict[str, str] = {}
        self._clients: list[Client] = []

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the command `gemini`."""
        mine = {"GEMINI_HOME": str(self.home), "GEMINI_PORT": str(self.port), "GEMINI_LANGUAGE": "en"}
        home = {"HOME": self._account.pw_dir} if self._account is not None else {}
        return {**os.environ, **mine, **home, **self._variables}

    def start(self) -> None:
        """Returns when it says that it is ready."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gemini_cli", "up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._identity(),
            )
        wait_for(lambda: READY in self.said() or self.process.poll() is not None, "ready", READY_WITHIN_SECONDS)  # type: ignore[union-attr]
        assert self.process.poll() is None, self.said()

    def _identity(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": [], "cwd": "/"}

    def said(self) -> str:
        """What the latest start has printed."""
        return self.output.read_text(errors="replace")

    def signal(self, number: signal.Signals, seconds: float = 60) -> int:
        """Sends the supervisor a signal and returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def pid(self, name: str) -> int:
        """The pid of `supervisor`, `proxy`, `hub` or `control`."""
        if name == "supervisor":
            assert self.process is not None
            return self.process.pid
        return int(json.loads((self.home / "pids" / f"{name}.json").read_text())["pid"])

    def kill(self, name: str) -> None:
        """Kills one process (-9). The supervisor starts a killed part again; `start` starts a killed supervisor."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        if name == "supervisor":
            assert self.process is not None
            self.process.wait()
        else:
            wait_for(lambda: self._pid_now(name) not in (None, pid), f"another {name} after kill -9", 60)

    def _pid_now(self, name: str) -> int | None:
        try:
            return self.pid(name)
        except (FileNotFoundError, ValueError):
            return None

    def wait_ready(self) -> None:
        """Returns when hub and control plane answer through the proxy, as they do again after a part was killed."""
        wait_for(self._healthy, "an answer of all parts", READY_WITHIN_SECONDS)

    def _healthy(self) -> bool:
        try:
            addresses = (f"{self.url}/hub/api", f"{self.api_url}/health")
            return all(httpx.get(address, timeout=30).status_code == 200 for address in addresses)
        except httpx.HTTPError:
            return False

    def password(self, name: str) -> str:
        """The generated password of alice or bob."""
        lines = (self.home / "secrets" / "passwords.txt").read_text().splitlines()
        return dict(line.split(" ", 1) for line in lines)[name]

    def token(self, name: str) -> str:
        """An API token of this person, the same for the whole life of the platform."""
        if name not in self._tokens:
            body = {"auth": {"username": name, "password": self.password(name)}, "note": "tests"}
            answer = httpx.post(f"{self.url}/hub/api/users/{name}/tokens", json=body, timeout=30)
            assert answer.status_code == 201, answer.text
            self._tokens[name] = answer.json()["token"]
        return self._tokens[name]

    def client(self, name: str, language: str = "en") -> Client:
        """The public API as this person; closed with the platform."""
        client = Client(self.api_url, self.token(name), language)
        self._clients.append(client)
        return client

    def http(self, name: str) -> httpx.Client:
        """Requests below the platform's address with this person's token."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"token {self.token(name)}"}, timeout=60)

    @contextlib.contextmanager
    def browser(self, name: str, language: str = "en") -> Iterator[httpx.Client]:
        """Requests with the cookies of somebody who has signed in by the form."""
        headers = {"Accept-Language": language}
        with httpx.Client(base_url=self.url, headers=headers, follow_redirects=True, timeout=60) as browser:
            browser.get("/hub/login")
            secret = browser.cookies.get("_xsrf", path="/hub/")
            form = {"username": name, "password": self.password(name), "_xsrf": secret}
            answer = browser.post("/hub/login", data=form)
            assert answer.status_code < 500 and "/hub/login" not in str(answer.url), answer.text
            yield browser

    def inside(self, sandbox: str, command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as the root of a sandbox, with its variables, in its folder."""
        argv = Sandboxes(self.home).exec_argv(sandbox, ("/bin/bash", "-c", command), tty=False)
        return subprocess.run(argv, capture_output=True, text=True, timeout=240, check=False)

    def close(self) -> None:
        """Ends the platform, every sandbox, and removes the folder."""
        for client in self._clients:
            client.close()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        sandboxes = Sandboxes(self.home)
        for sandbox in sandboxes.ids():
            sandboxes.stop(sandbox, 0)
            sandboxes.remove(sandbox)
        for name in PARTS:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
                os.kill(self.pid(name), signal.SIGKILL)
        shutil.rmtree(self.home)
        self.output.unlink(missing_ok=True)


@contextlib.contextmanager
def running_platform(account: pwd.struct_passwd | None = None, **variables: str) -> Iterator[Platform]:
    """A platform of its own for a test that must not share one; root may start it as another account."""
    folder = Path(tempfile.mkdtemp(prefix="gemini-test-"))
    platform = Platform(folder / "home", account, **variables)
    platform.home.mkdir()
    if account is not None:
        folder.chmod(0o755)
        os.chown(platform.home, account.pw_uid, account.pw_gid)
    try:
        platform.start()
        yield platform
    finally:
        platform.close()
        platform.home.parent.rmdir()


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform of this session. A test leaves it as it found it: running, its own environments stopped."""
    with running_platform() as started:
        yield started


def sample(client: Client) -> dict[str, Any]:
    """What the first start made: `project`, `dataset`, `version` (dictionaries of the API), `workspace` (id)."""
    project = next(one for one in client.projects.list().items if one["name"] == "digits")
    dataset = next(one for one in client.datasets.list().items if one["name"] == "digits")
    version = client.datasets.versions(dataset["id"]).items[0]
    return {"project": project, "dataset": dataset, "version": version, "workspace": project["workspaceId"]}


def create_environment(client: Client, name: str, *, dataset: bool = True) -> str:
    """Creates an environment of the sample project and returns its id; it starts by itself."""
    made = sample(client)
    mounts = [{"datasetId": made["dataset"]["id"], "versionId": made["version"]["id"]}] if dataset else []
    specification = cheapest_specification(client)
    body = {
        "name": name,
        "projectId": made["project"]["id"],
        "image": "local",
        "specificationId": specification["id"],
        "datasets": mounts,
    }
    return str(client.environments.create(body)["id"])


def cheapest_specification(client: Client) -> dict[str, Any]:
    """The specification with the least memory that needs no card."""
    plain = [one for one in client.specifications.list().items if not one["gpuCount"]]
    return min(plain, key=lambda one: (one["memory"], one["cpuCores"]))


def wait_environment(client: Client, environment: str, state: str, seconds: float = 90) -> dict[str, Any]:
    """The environment when it has reached a state; fails early where it failed instead."""

    def look() -> dict[str, Any] | None:
        seen = client.environments.get(environment)
        assert seen["state"] == state or seen["state"] != "failed", seen["reason"]
        return seen if seen["state"] == state else None

    return wait_for(look, f"{environment} {state}", seconds)


def stop_environment(client: Client, environment: str) -> dict[str, Any]:
    """Stops it by the API and waits for the recorded end."""
    client.environments.stop(environment)
    return wait_environment(client, environment, "stopped")


def wait_task(client: Client, task: str, *states: str, seconds: float = 90) -> dict[str, Any]:
    """The task when it is in one of these states; fails early where it ended in another."""
    ended = {"succeeded", "failed", "stopped"}

    def look() -> dict[str, Any] | None:
        seen = client.tasks.get(task)
        assert seen["state"] in states or seen["state"] not in ended, (seen["state"], seen["reason"], seen["lastLines"])
        return seen if seen["state"] in states else None

    return wait_for(look, f"{task} {' or '.join(states)}", seconds)
