"""A real JupyterHub on this machine whose spawner makes real pods, before a stand-in for the control plane.

The stand-in serves launch plans of the control plane's own making (`make_pod`, its wire models) and keeps what it is
told. Pods reach the hub on this machine, so it must be a node of the cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
from gemini_control.managers.launch_plans import make_pod
from gemini_control.models.environments import LaunchMount, LaunchPlan
from gemini_core import cards, cluster_plan
from platform_fixture import free_ports
from tornado.web import Application, RequestHandler

IMAGE = os.environ.get("GEMINI_TEST_SINGLEUSER", "localhost/gemini-singleuser:test")
API = "/services/gemini/api/v1"
CLAIM = "gemini-store"
PATIENCE = 120.0
OWNER, OTHER = "alice", "bob"
CONFIG = """
import json, os
from gemini_hub.cluster import setup_cluster

rig = json.loads(os.environ["GEMINI_RIG"])

class Chart:
    # Its values by the functions of its module.
    def get_config(self, key, default=None):
        return {"custom.gemini.controlPlaneUrl": rig["control"]}.get(key, default)
    def get_secret_value(self, key):
        return rig["tokens"][key.split(".")[2]]
    def get_name(self, name):
        return name

c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.services = [{"name": "tests", "api_token": rig["tokens"]["tests"], "display": False}]
c.JupyterHub.load_roles = [{"name": "tests", "services": ["tests"],
    "scopes": ["admin:users", "admin:servers", "access:servers", "tokens"]}]
setup_cluster(c, Chart())
c.JupyterHub.bind_url = f"http://127.0.0.1:{rig['port']}"
c.JupyterHub.hub_bind_url = f"http://0.0.0.0:{rig['hub_port']}"
c.JupyterHub.hub_connect_url = f"http://{rig['address']}:{rig['hub_port']}"
c.JupyterHub.db_url = f"sqlite:///{rig['home']}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{rig['home']}/cookie_secret"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
c.Authenticator.allowed_users = {"alice", "bob"}
c.JupyterHub.proxy_class = "traefik_file"
c.TraefikProxy.traefik_entrypoint = "http"
c.TraefikProxy.traefik_api_url = f"http://127.0.0.1:{rig['api_port']}"
c.TraefikProxy.traefik_api_username = c.TraefikProxy.traefik_api_password = "tests"
c.TraefikFileProviderProxy.dynamic_config_file = f"{rig['home']}/routes.toml"
c.TraefikFileProviderProxy.static_config_file = f"{rig['home']}/traefik.toml"
c.KubeSpawner.namespace = rig["namespace"]
c.KubeSpawner.extra_labels = {"tests": "kept"}
c.Spawner.http_timeout = 120
c.Spawner.poll_interval = 1
c.GeminiSpawner.start_timeout = 240
for name, value in rig["settings"].items():
    setattr(c.GeminiSpawner, name, value)

if "TESTS_IMPATIENT" in os.environ:
    # KubeSpawner's watches give up after pauses of a minute in all; here they are shorter.
    import asyncio
    from types import SimpleNamespace
    import kubespawner.reflector

    async def nap(seconds):
        await asyncio.sleep(seconds / 20)

    kubespawner.reflector.asyncio = SimpleNamespace(**{**vars(asyncio), "sleep": nap})
"""


def wait_for(check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first true value of `check`."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {patience} s: {what}")


def kubectl(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """What kubectl answers; it never fails by itself."""
    return subprocess.run(["kubectl", *words], capture_output=True, text=True, timeout=PATIENCE, check=False, **more)


def own_address() -> str | None:
    """Where pods reach this machine: its address as a node of the cluster; None where it is none."""
    path = "{.items[*].status.addresses[?(@.type=='InternalIP')].address}"
    for address in kubectl("get", "nodes", "-o", f"jsonpath={path}").stdout.split():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.bind((address, 0))
            return address
    return None


class StandIn:
    """The control plane's two routes for a spawner. `rows` are environments by id, `told` what it was told."""

    def __init__(self, plan: cluster_plan.ClusterPlan) -> None:
        self.plan = plan
        self.rows: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.url = ""
        self.token = secrets.token_hex(16)
        self.folder = f"persons/{OWNER}/w"
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)

    def environment(self, image: str = "std", **asked: Any) -> str:
        """A new environment of alice's that was admitted."""
        made = f"env-{secrets.token_hex(5)}"
        self.rows[made] = {
            "id": made,
            "owner": OWNER,
            "zone_id": "a",
            "image": image,
            "gpu_type": None,
            "gpu_count": 0,
            "placement": None,
            "cpu": 0.7,
            "memory": 768 << 20,
            **asked,
        }
        return made

    def events(self, environment: str) -> list[str]:
        """What was told of it."""
        return [seen["event"] for name, seen in self.told if name == environment]

    def launch_plan(self, row: dict[str, Any]) -> LaunchPlan:
        """As the control plane makes it, from the row alone."""
        own = f"environments/{row['id']}"
        mounts = [
            ("projects/p/code", "/gemini/code", False),
            ("projects/p/output", "/gemini/output", False),
            (f"{own}/tasks", "/run/gemini/tasks", False),
            (f"{own}/snapshots", "/run/gemini/snapshots", True),
            (self.folder, "/run/gemini/person", False),
            ("versions/v", "/gemini/data-1", True),
        ]
        card = self.plan.zones[0].card(row["gpu_type"])
        return LaunchPlan(
            environment=row["id"],
            owner=row["owner"],
            display_name="第一个 环境",
            workspace_id="ws-abcdefghij",
            workspace_index=1,
            image=row["image"],
            cpu_cores=row["cpu"],
            memory_bytes=row["memory"],
            gpu_type=row["gpu_type"],
            gpu_count=row["gpu_count"],
            gpus=[],
            mounts=[LaunchMount(source=source, target=target, read_only=ro) for source, target, ro in mounts],
            variables={
                "GEMINI_ENVIRONMENT_ID": row["id"],
                "GEMINI_CODE": "/gemini/code",
                **cards.variables(card, row["gpu_count"]),
            },
            pod=make_pod(row, self.plan),  # type: ignore[arg-type]
        )

    def stop(self) -> None:
        """Ends it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        stand_in = self

        class Plans(RequestHandler):
            def get(self, environment: str) -> None:
                row = stand_in.rows.get(environment)
                allowed = self.request.headers.get("Authorization") == f"token {stand_in.token}"
                if row is None or not allowed:
                    self.set_status(404)
                    self.write({"code": 404, "message": "", "data": None, "error": {"name": "not-found"}})
                    return
                self.write({"code": 200, "message": "OK", "data": stand_in.launch_plan(row).wire()})

        class Observations(RequestHandler):
            def post(self, environment: str) -> None:
                stand_in.told.append((environment, json.loads(self.request.body)))
                self.write({"code": 200, "message": "OK", "data": None})

        async def listen() -> None:
            routes = [(rf"{API}/launch-plans/(.*)", Plans), (rf"{API}/environment-observations/(.*)", Observations)]
            server = Application(routes).listen(0, "127.0.0.1")
            (sock,) = server._sockets.values()
            stand_in.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            ready.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()


class HubRig:
    """The hub's process; `start` and `end` may be repeated, its database stays."""

    def __init__(self, home: Path, namespace: str, stand_in: StandIn, address: str, **settings: Any) -> None:
        self.home, self.namespace, self.stand_in = home, namespace, stand_in
        first = free_ports(3)
        names = ("gemini", "gemini-hub", "tests")
        self.tokens = {name: secrets.token_hex(16) for name in names} | {"gemini-hub": stand_in.token}
        self.base = f"http://127.0.0.1:{first}"
        self.rig = {
            "home": str(home),
            "namespace": namespace,
            "address": address,
            "control": stand_in.url,
            "tokens": self.tokens,
            "settings": {"control_url": stand_in.url + API, "control_token": stand_in.token, **settings},
            **dict(zip(("port", "hub_port", "api_port"), range(first, first + 3), strict=True)),
        }
        self.client = httpx.Client(base_url=self.base, timeout=PATIENCE, trust_env=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **variables: str) -> HubRig:
        """Starts it and waits for its answer; `variables` are more of its process."""
        config = self.home / "jupyterhub_config.py"
        config.write_text(CONFIG)
        environment = {**os.environ, "GEMINI_RIG": json.dumps(self.rig), **variables}
        argv = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
        with open(self.home / "hub.log", "ab") as log:
            self.process = subprocess.Popen(argv, cwd=self.home, env=environment, stdout=log, stderr=log)
        wait_for(self._answers, "the hub answers")
        return self

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.home / "hub.log").read_text()[-4000:]
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/hub/api/").status_code == 200
        return False

    def end(self) -> None:
        """Ends it; the pods stay."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def forget(self) -> None:
        """Its database is lost; to be called between `end` and `start`."""
        for path in self.home.glob("hub.sqlite*"):
            path.unlink()

    @property
    def log(self) -> str:
        """What it logged so far."""
        return (self.home / "hub.log").read_text()

    def api(self, method: str, path: str, body: Any = None, person: str = "gemini", **headers: str) -> httpx.Response:
        """The hub's API by a service's token."""
        headers["Authorization"] = f"token {self.tokens[person]}"
        return self.client.request(method, f"/hub/api{path}", json=body, headers=headers)

    def ask_start(self, environment: str, person: str = OWNER, options: Any = None, **headers: str) -> httpx.Response:
        """What the control plane asks of the hub."""
        chosen = {"environment": environment} if options is None else options
        body = {"display_name": "第一个 环境", "user_options": chosen}
        return self.api("POST", f"/users/{person}/servers/{environment}", body, **headers)

    def progress(self, environment: str, person: str = OWNER) -> Iterator[dict[str, Any]]:
        """The hub's progress events of a start, to its end."""
        headers = {"Authorization": f"token {self.tokens['gemini']}"}
        address = f"/hub/api/users/{person}/servers/{environment}/progress"
        with self.client.stream("GET", address, headers=headers, timeout=PATIENCE) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def run(self, environment: str, **headers: str) -> list[dict[str, Any]]:
        """Starts it and follows it to its end: all events."""
        answer = self.ask_start(environment, **headers)
        assert answer.status_code in (201, 202), answer.text
        return list(self.progress(environment))

    def server(self, environment: str, person: str = OWNER) -> dict[str, Any] | None:
        """The hub's model of it."""
        user = self.api("GET", f"/users/{person}?include_stopped_servers=1").json()
        found: dict[str, Any] | None = user.get("servers", {}).get(environment)
        return found

    def stop(self, environment: str, person: str = OWNER) -> None:
        """Stops it and waits for that."""
        self.api("DELETE", f"/users/{person}/servers/{environment}", {"remove": False})
        wait_for(lambda: not (self.server(environment, person) or {}).get("pending"), "the stop")

    def inside(self, environment: str, command: str) -> subprocess.CompletedProcess[str]:
        """A shell command in its pod, by root."""
        return kubectl("exec", "-n", self.namespace, self.pod(environment), "--", "bash", "-c", command)

    def pod(self, environment: str) -> str:
        """The name of its pod; empty where there is none."""
        label = f"gemini.io/environment={environment}"
        found = kubectl("get", "pods", "-n", self.namespace, "-l", label, "-o", "jsonpath={.items[*].metadata.name}")
        return found.stdout.strip()

    def pod_object(self, environment: str) -> dict[str, Any]:
        """Its pod as the API server has it."""
        found = kubectl("get", "pod", "-n", self.namespace, self.pod(environment), "-o", "json")
        made: dict[str, Any] = json.loads(found.stdout)
        return made

    def lab(self, environment: str, path: str = "lab", person: str = OWNER) -> httpx.Response:
        """A page of the person's server, through the proxy."""
        headers = {"Authorization": f"token {self.tokens['tests']}"}
        return self.client.get(f"/user/{person}/{environment}/{path}", headers=headers, follow_redirects=True)
