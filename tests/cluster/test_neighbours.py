"""Two workspaces on the installed platform: neither sees, mounts, orders or reaches anything of the other.

Then their node is cleared for maintenance: what ran there says so, in both languages.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from gemini_client import Client
from gemini_core.errors import GeminiError
from installed_fixture import Installation, kubectl
from platform_fixture import wait_environment, wait_for, wait_task

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
PATIENCE = 150
PORT = 8888
"""Where JupyterLab listens in an environment, and the tasks of these tests."""
SERVE = f"python -m http.server {PORT}"


@dataclass
class Home:
    """A person with a workspace: all that the other must not have."""

    person: str
    client: Client
    workspace: str
    project: str
    dataset: str
    environment: str = ""
    task: str = ""


def submit(home: Home, name: str, **wish: Any) -> str:
    """A task of the home's project, small."""
    body = {
        "taskName": name,
        "launchMode": "dynamic",
        "projectId": home.project,
        "command": SERVE,
        "datasetId": home.dataset,
        "resourceConfig": {
            "availabilityZone": "az-bj-a",
            "gpuType": "",
            "gpuCount": 0,
            "cpuCores": 0.1,
            "memory": 0.5,
            "image": "lab",
        },
        **wish,
    }
    return str(home.client.tasks.create({key: value for key, value in body.items() if value is not None})["taskId"])


def create(home: Home) -> str:
    """An environment of the home's project."""
    body = {"name": f"of {home.person}", "projectId": home.project, "image": "lab", "specificationId": "az-bj-a-b1"}
    return str(home.client.environments.create(body)["id"])


@pytest.fixture(scope="module")
def alice(installed: Installation) -> Home:
    """Who has what the document made."""
    installed.first_task()
    client = installed.client("alice")
    project = next(one for one in client.projects.iterate() if one["name"] == "first")
    dataset = next(one for one in client.datasets.iterate() if one["name"] == "numbers")
    return Home("alice", client, project["workspaceId"], project["id"], dataset["id"])


@pytest.fixture(scope="module")
def bob(installed: Installation, alice: Home) -> Home:
    """Who owns another workspace, with money, a project and data."""
    client = installed.client("bob")
    client.me()
    workspace = alice.client.workspaces.create({"name": f"next door {secrets.token_hex(2)}"})["id"]
    alice.client.workspaces.add_member(workspace, "bob", "owner")
    alice.client.workspaces.post(workspace, {"amount": "100", "kind": "credit", "note": "opening"})
    project = client.projects.create({"name": "bobs", "workspaceId": workspace})["id"]
    dataset = client.datasets.create({"name": "secrets", "workspaceId": workspace})["id"]
    source = installed.folder / "secret.txt"
    source.write_text("42")
    client.datasets.upload(dataset, "secret.txt", source)
    client.datasets.commit(dataset)
    return Home("bob", client, workspace, project, dataset)


@pytest.fixture(scope="module")
def homes(alice: Home, bob: Home) -> Iterator[tuple[Home, Home]]:
    """Both with a running environment and a running task."""
    both = (bob, alice)
    for home in both:
        home.environment, home.task = create(home), submit(home, f"server of {home.person}")
    for home in both:
        wait_environment(home.client, home.environment, "running", PATIENCE)
        wait_task(home.client, home.task, "running", seconds=PATIENCE)
    yield both
    for home in both:
        home.client.tasks.stop(home.task)
        home.client.environments.delete(home.environment)


@pytest.fixture(scope="module")
def stranger(installed: Installation) -> Client:
    """Carol, who belongs nowhere: alice operates the platform, so she is no measure of what is hidden."""
    return installed.client("carol")


def status(work: Any, *arguments: Any) -> int:
    """What a refused call was refused with; 200 where it was not."""
    try:
        work(*arguments)
    except GeminiError as error:
        return int(error.status)
    return 200


def test_nobody_sees_or_orders_what_is_anothers(homes: tuple[Home, Home], stranger: Client, alice: Home) -> None:
    """Covers: TEN-2, TEN-2b. All of it is as if it were not there, for a neighbour and for whoever belongs nowhere."""
    bob, _ = homes
    for client in (bob.client, stranger):
        tries = (
            (client.tasks.get, alice.task),
            (client.tasks.log, alice.task),
            (client.tasks.stop, alice.task),
            (client.tasks.output, alice.task),
            (client.environments.get, alice.environment),
            (client.environments.stop, alice.environment),
            (client.environments.restart, alice.environment),
            (client.environments.delete, alice.environment),
            (client.projects.get, alice.project),
            (client.projects.code, alice.project),
            (client.datasets.get, alice.dataset),
            (client.datasets.versions, alice.dataset),
            (client.datasets.delete, alice.dataset),
            (client.workspaces.usage, alice.workspace),
            (client.workspaces.balance, alice.workspace),
            (client.workspaces.members, alice.workspace),
        )
        for call, thing in tries:
            assert status(call, thing) == 404, (call, thing)
            # As of a thing that never was.
            assert status(call, thing[:-4] + "zzzz") == 404, call
        for listing in (client.tasks, client.environments, client.projects, client.datasets):
            ids = {one.get("taskId") or one["id"] for one in listing.iterate()}
            assert not ids & {alice.task, alice.environment, alice.project, alice.dataset}


def test_nobody_mounts_or_runs_what_is_anothers(homes: tuple[Home, Home], alice: Home) -> None:
    """Covers: TEN-2, CAT-7. Neither data, code nor an environment; nothing was made of it."""
    bob, _ = homes
    before = len(list(bob.client.tasks.iterate()))
    assert status(lambda: submit(bob, "theirs", datasetId=alice.dataset)) == 404
    assert status(lambda: submit(bob, "theirs", projectId=alice.project)) == 404
    inside = {"launchMode": "existing", "environmentId": alice.environment, "resourceConfig": None}
    assert status(lambda: submit(bob, "theirs", **inside)) == 404
    body = {"name": "theirs", "projectId": bob.project, "image": "lab", "specificationId": "az-bj-a-b1"}
    for wish in ({"projectId": alice.project}, {"datasets": [{"datasetId": alice.dataset}]}):
        assert status(bob.client.environments.create, {**body, **wish}) == 404
    assert len(list(bob.client.tasks.iterate())) == before


def pod_of(installed: Installation, holder: str) -> dict[str, Any]:
    """The pod of a task or an environment."""
    kind = "task" if holder.startswith("task-") else "environment"
    (pod,) = installed.objects("pods", f"gemini.io/{kind}={holder}")
    return pod


def reached(installed: Installation, holder: str, address: str) -> bool:
    """Whether a pod can open a connection."""
    program = f"import socket; socket.create_connection(('{address}', {PORT}), 2)"
    pod = pod_of(installed, holder)["metadata"]["name"]
    said = installed.kubectl(
        "exec", pod, "--", "/bin/sh", "-c", f'python -c "{program}" 2>/dev/null && echo y || echo n'
    )
    return said.strip() == "y"


def test_pods_of_two_workspaces_do_not_reach_each_other(installed: Installation, homes: tuple[Home, Home]) -> None:
    """Covers: TEN-2. Tried from inside, both ways; what listens there answers its own pod and the proxy."""
    address = {
        one: pod_of(installed, one)["status"]["podIP"] for home in homes for one in (home.environment, home.task)
    }
    for home in homes:
        for one in (home.environment, home.task):
            # What runs listens a moment later.
            wait_for(lambda one=one: reached(installed, one, address[one]), f"something listens in {one}", 60)  # type: ignore[misc]
    bob, alice = homes
    for here, there in ((bob, alice), (alice, bob)):
        for one in (here.environment, here.task):
            for other in (there.environment, there.task):
                assert not reached(installed, one, address[other]), (one, other)
    for home in homes:
        browser = installed.browser(home.person)
        page = browser.get(f"{installed.url}{home.client.environments.get(home.environment)['url']}")
        assert page.status_code == 200 and "jupyter-config-data" in page.text
        browser.close()


@contextmanager
def cordoned(node: str) -> Iterator[None]:
    """A node that takes no more pods."""
    kubectl("cordon", node)
    try:
        yield
    finally:
        kubectl("uncordon", node)


def evict(installed: Installation, pod: dict[str, Any]) -> None:
    """As `kubectl drain` does with each pod."""
    name = pod["metadata"]["name"]
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    path = f"/api/v1/namespaces/{installed.namespace}/pods/{name}/eviction"
    kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(body))


def test_a_drained_node_is_told(installed: Installation, homes: tuple[Home, Home]) -> None:
    """Covers: TRAIN-9, ENV-3, BILL-2. The node is named as the reason, in the reader's language; nothing is held."""
    bob, _ = homes
    pods = [pod_of(installed, one) for one in (bob.environment, bob.task)]
    node = pods[0]["spec"]["nodeName"]
    with cordoned(node):
        for pod in pods:
            evict(installed, pod)
        task = wait_for(lambda: (seen := bob.client.tasks.get(bob.task))["endedAt"] and seen, "the task ends", 90)
        environment = wait_environment_end(bob)
    assert (task["state"], task["reason"]["code"]) == ("failed", "node"), task
    assert (environment["state"], environment["reason"]["code"]) == ("failed", "node"), environment
    chinese = Client(installed.api_url, installed.token("bob"), "zh-CN")
    said = {
        "en": (f"The node {node} was cleared for maintenance by an administrator.", bob.client),
        "zh": (f"管理员为维护清空了节点 {node}。", chinese),
    }
    for text, client in said.values():
        for seen in (client.tasks.get(bob.task), client.environments.get(bob.environment)):
            assert text in seen["reason"]["detail"], seen["reason"]
    chinese.close()
    left = "jobsets", "workloads", "pods"
    mine = (bob.environment, bob.task)
    wait_for(lambda: not [one for kind in left for one in named(installed, kind, mine)], "nothing is held", 60)
    # What it wrote to the end is kept, and it starts again where there is room.
    bob.client.environments.start(bob.environment)
    wait_environment(bob.client, bob.environment, "running", PATIENCE)


def wait_environment_end(home: Home) -> dict[str, Any]:
    """The environment when it has ended."""

    def look() -> dict[str, Any] | None:
        seen = home.client.environments.get(home.environment)
        return dict(seen) if seen["state"] in ("failed", "stopped") else None

    return wait_for(look, "the environment ends", 90)


def named(installed: Installation, kind: str, holders: tuple[str, ...]) -> list[str]:
    """Objects of a kind that belong to one of the holders."""
    names = [one["metadata"]["name"] for one in installed.objects(kind)]
    return [name for name in names if any(holder in name for holder in holders)]
