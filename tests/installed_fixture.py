"""The platform on a cluster, installed once for all tests by the commands of `docs/cluster.md`.

`installed` skips with a reason where something is missing: a cluster (KUBECONFIG), helm, the images (`make images`),
the stock hub's chart (GEMINI_Z2JH_CHART, default beside the clone), a way to bring images there (GEMINI_IMAGE_LOADER).
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cluster_document
import httpx
import pytest
from cluster_document import ROOT
from gemini_client import Client
from platform_fixture import free_ports, wait_for

BESIDE = ROOT.parent / "shared"
CHART = Path(os.environ.get("GEMINI_Z2JH_CHART") or BESIDE / "z2jh" / "jupyterhub")
OFFLINE = CHART.parent / "offline-values.yaml"
LOADER = os.environ.get("GEMINI_IMAGE_LOADER") or str(BESIDE / "cluster" / "load")
STOCK = "jupyterhub --repo https://hub.jupyter.org/helm-chart/"
IMAGES = tuple(f"localhost/gemini-{name}:test" for name in ("hub", "control-plane", "singleuser"))
DATABASE_IMAGE = "localhost/gemini-test-postgresql:test"
PASSWORD = "a-first-try"
PATIENCE = 240


class Missing(Exception):
    """Something that an installation needs is not there; the text says what."""


def run(*command: str, **options: Any) -> str:
    """What a command says on standard output; its failure tells all it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{shlex.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """What kubectl answers."""
    return run("kubectl", *arguments, input=stdin)


class Installation:
    """An installed platform. `url` leads to the stock proxy; `alice` operates, `bob` and `carol` are people."""

    operator = "alice"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.namespace = f"installed-{secrets.token_hex(4)}"
        self.port = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_url = f"{self.url}/services/gemini/api/v1"
        self.commands = cluster_document.commands()
        self._forward: subprocess.Popen[bytes] | None = None
        self._first = ""
        self._tokens: dict[str, str] = {}
        self._clients: list[Client] = []
        self._done = 0

    @property
    def address(self) -> str:
        """The proxy, for browsers."""
        return self.url

    def password(self, person: str) -> str:
        """What a person types at the hub's form."""
        return PASSWORD

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the document's commands."""
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / ".config"),
            "NAMESPACE": self.namespace,
            "PORT": str(self.port),
            "DATABASE_URL": "postgresql+psycopg://gemini@database/gemini",
        }

    def prepare(self) -> None:
        """The namespace with its database, and the document's files."""
        kubectl("create", "namespace", self.namespace)
        kubectl("apply", "-n", self.namespace, "-f", "-", stdin=json.dumps(_database()))
        for path, text in cluster_document.files().items():
            (self.folder / path).parent.mkdir(exist_ok=True, parents=True)
            (self.folder / path).write_text(text)
        (self.folder / "hub_config").symlink_to(ROOT / "hub_config")
        self.kubectl("rollout", "status", "deployment/database", "--timeout=120s")

    def left(self) -> int:
        """How many commands of the document have not been run."""
        return len(self.commands) - self._done

    def next(self, stdin: str = "") -> str:
        """Runs the next command of the document as it stands there, and answers what it said."""
        command, said = self.commands[self._done], ""
        if STOCK in command:
            command = command.replace(STOCK, str(CHART)) + f" -f {OFFLINE}"
        if command.endswith("&"):
            self.forward(command.removesuffix("&"))
        else:
            said = self.shell(command, stdin)
        # One that failed is the next once more.
        self._done += 1
        return said

    def shell(self, command: str, stdin: str = "") -> str:
        """What a command says that is run as the document's are."""
        return run("/bin/bash", "-ec", command, env=self.environment, cwd=self.folder, input=stdin)

    def first_task(self) -> str:
        """Runs what is left of the document's commands, and answers what the last of them said."""
        token = self.token(self.operator)
        while self.left():
            self._first = self.next(stdin=f"{token}\n")
        return self._first

    def forward(self, command: str) -> None:
        """Keeps a command of the document running until the end, again where it ends before: the way to the proxy."""
        self._end_forward()
        output = (self.folder / "forward.log").open("ab")
        self._forward = subprocess.Popen(
            ("/bin/bash", "-c", f"while :; do {command}; sleep 0.2; done"),
            env=self.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        wait_for(self._answers, "an answer of hub and control plane through the proxy", PATIENCE, pause=0.5)

    def _end_forward(self) -> None:
        if self._forward is not None:
            os.killpg(self._forward.pid, signal.SIGTERM)
            self._forward.wait()

    def _answers(self) -> bool:
        # The hub makes the ways before the cluster leads anybody to the hub itself.
        addresses = (f"{self.url}/hub/api", f"{self.api_url}/health")
        try:
            return all(httpx.get(address, timeout=10).status_code == 200 for address in addresses)
        except httpx.HTTPError:
            return False

    def token(self, person: str) -> str:
        """A token of the hub of that person, made as on the hub's own page."""
        if person not in self._tokens:
            with contextlib.closing(self.browser(person)) as browser:
                headers = {
                    "X-XSRFToken": browser.cookies.get("_xsrf", path="/hub/") or "",
                    "Referer": f"{self.url}/hub/",
                }
                made = browser.post(
                    f"{self.url}/hub/api/users/{person}/tokens", headers=headers, json={"note": "tests"}
                )
                assert made.status_code == 201, made.text
                self._tokens[person] = made.json()["token"]
        return self._tokens[person]

    def browser(self, person: str) -> httpx.Client:
        """A client of HTTP that has signed in at the hub."""
        client = httpx.Client(follow_redirects=True, timeout=60)
        client.get(f"{self.url}/hub/login")
        form = {"username": person, "password": PASSWORD, "_xsrf": client.cookies.get("_xsrf", path="/hub/")}
        answer = client.post(f"{self.url}/hub/login", data=form)
        assert answer.status_code == 200 and "/hub/login" not in str(answer.url), answer.text[:2000]
        return client

    def client(self, person: str) -> Client:
        """A client of the API as that person."""
        client = Client(self.api_url, self.token(person))
        self._clients.append(client)
        return client

    def kubectl(self, *arguments: str) -> str:
        """kubectl in the namespace."""
        return kubectl("-n", self.namespace, *arguments)

    def objects(self, kind: str, labels: str = "") -> list[dict[str, Any]]:
        """The objects of a kind in the namespace."""
        found: dict[str, Any] = json.loads(self.kubectl("get", kind, "-l", labels, "-o", "json"))
        return list(found["items"])

    def logs(self) -> str:
        """What is worth reading where the installation does not work."""
        said = [self.kubectl("get", "pods,events")]
        for part in ("deployment/gemini-control-plane", "deployment/hub", "deployment/proxy"):
            with contextlib.suppress(AssertionError):
                said.append(self.kubectl("logs", part, "--all-containers", "--tail=60"))
        with contextlib.suppress(FileNotFoundError):
            said.append((self.folder / "forward.log").read_text()[-2000:])
        return "\n".join(said)

    def remove(self) -> None:
        """All of it, by the document's commands, which leave the claim; then the namespace with whatever is in it."""
        for client in self._clients:
            client.close()
        self._end_forward()
        try:
            ends = ("delete", "jobsets,workloads", "--all", "--timeout=60s")
            self.kubectl(*ends)
            for command in cluster_document.removal():
                run("/bin/bash", "-ec", command, env=self.environment)
                # A control plane that still worked may have made one anew, and a queue with one in it is never gone.
                self.kubectl(*ends)
            assert self.objects("persistentvolumeclaims"), "the claim went with the charts"
            assert not self._everywhere(), "something of it is left that belongs to no namespace"
        finally:
            ours = (f"{self.namespace}-control-plane", "--ignore-not-found")
            for step in (("clusterrole,clusterrolebinding", *ours), ("namespace", self.namespace, "--wait=false")):
                subprocess.run(("kubectl", "delete", *step), capture_output=True, check=False)

    def _everywhere(self) -> list[str]:
        kinds = "clusterqueues,cohorts,resourceflavors,workloadpriorityclasses"
        queues = kubectl("get", kinds, "-l", f"gemini.io/prefix={self.namespace}", "-o", "name")
        roles = kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")
        return [*queues.split(), *(one for one in roles.split() if self.namespace in one)]


def _database() -> dict[str, Any]:
    labels = {"app": "database"}
    container = {
        "name": "database",
        "image": DATABASE_IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "readinessProbe": {"tcpSocket": {"port": 5432}, "periodSeconds": 1},
    }
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container], "terminationGracePeriodSeconds": 1}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "database"},
        "spec": {"selector": {"matchLabels": labels}, "template": pod},
    }
    ports = [{"port": 5432}]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "database"},
        "spec": {"selector": labels, "ports": ports},
    }
    return {"apiVersion": "v1", "kind": "List", "items": [deployment, service]}


def image_builder() -> Any:
    """What `make images` builds with, as a module."""
    found = importlib.util.spec_from_file_location("images_build", ROOT / "images" / "build.py")
    assert found is not None and found.loader is not None
    build = importlib.util.module_from_spec(found)
    found.loader.exec_module(build)
    return build


def build_database() -> None:
    """Builds the image of the database as `make images` builds ours."""
    build = image_builder()
    base = build.layered(os.environ.get("BASE") or "localhost/python:3.11")
    options = [*build.find_isolation(base), "--network", "host", "--layers", "--build-arg", f"BASE={base}"]
    build.run_build([*options, "--tag", DATABASE_IMAGE, str(ROOT / "tests" / "cluster" / "postgresql")])


def bring_images() -> None:
    """Has the images of the tests in the cluster.

    Raises:
        Missing: there is no way to bring them, or they are not built.
    """
    if not shutil.which("buildah"):
        return  # the cluster has them some other way, or its pods will say what they miss
    build_database()
    for image in (*IMAGES, DATABASE_IMAGE):
        load_image(image)


def load_image(image: str) -> None:
    """Has one image in the cluster; it is loaded only when it is another than the last time.

    Raises:
        Missing: there is no way to bring it, or it is not built.
    """
    folder = ROOT / "build" / "loaded"
    folder.mkdir(parents=True, exist_ok=True)
    cluster = kubectl("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asked = ("buildah", "images", "-q", "--no-trunc", image)
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
        if found.returncode:
            raise Missing(f"there is no image {image}: run `make images`")
        mark, now = folder / image.replace("/", "-"), f"{cluster} {found.stdout.strip()}"
        if not mark.exists() or mark.read_text() != now:
            if not shutil.which(LOADER):
                raise Missing("GEMINI_IMAGE_LOADER names no program that brings images into the cluster")
            run(LOADER, image)
            mark.write_text(now)


def look() -> None:
    """Raises Missing where no installation can be made."""
    if not os.environ.get("KUBECONFIG"):
        raise Missing("KUBECONFIG names no cluster")
    for program in ("kubectl", "helm"):
        if not shutil.which(program):
            raise Missing(f"there is no {program}")
    if subprocess.run(("kubectl", "get", "--raw", "/readyz"), capture_output=True, check=False, timeout=30).returncode:
        raise Missing("the cluster of KUBECONFIG does not answer")


@pytest.fixture(scope="session")
def cluster_images() -> None:
    """Our images are where the cluster's nodes find them."""
    try:
        look()
        bring_images()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def installed(cluster_images: None) -> Iterator[Installation]:
    """The platform as `docs/cluster.md` installs it: its first five commands have been run."""
    if not (CHART / "Chart.yaml").is_file():
        pytest.skip("the stock hub's chart is not there (GEMINI_Z2JH_CHART)")
    folder = Path(tempfile.mkdtemp(prefix="gemini-installed-"))
    installation = Installation(folder)
    try:
        installation.prepare()
        try:
            for command in list(installation.commands):
                if command.startswith("gemini "):
                    break
                installation.next()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{installation.logs()}") from None
        yield installation
    finally:
        installation.remove()
        shutil.rmtree(folder)
