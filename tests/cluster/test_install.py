"""The platform as the document installs it: from an empty cluster to a running task, and an environment beside it."""

from __future__ import annotations

import contextlib
import json
import math
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from cluster_document import ROOT
from gemini_client import Client
from gemini_core.errors import GeminiError
from installed_fixture import Installation
from platform_fixture import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
SECONDS = 120


@pytest.fixture(scope="module")
def alice(installed: Installation) -> Client:
    """The operator, who signed in on the hub's own page."""
    return installed.client("alice")


@pytest.fixture(scope="module")
def first(installed: Installation) -> str:
    """What the last of the document's commands says, the others having been run before it."""
    return installed.first_task()


@pytest.fixture(scope="module")
def environment(installed: Installation, alice: Client, first: str) -> Iterator[dict[str, Any]]:
    """A running environment with the document's project and data."""
    project = named(alice.projects, "first")
    wanted = {
        "name": "lab",
        "projectId": project["id"],
        "image": "lab",
        "specificationId": "az-bj-a-b1",
        "datasets": [{"datasetId": named(alice.datasets, "numbers")["id"]}],
    }
    made = alice.environments.create(wanted)
    wait_for(lambda: state(alice, made["id"]) in ("running", "failed"), "the environment runs", SECONDS)
    found = alice.environments.get(made["id"])
    assert found["state"] == "running", found
    yield found
    with contextlib.suppress(GeminiError):  # the last test has deleted it
        alice.environments.delete(made["id"])
        wait_for(lambda: not installed.objects("workloads"), "nothing of it stands in the queue", SECONDS)


def named(things: Any, name: str) -> dict[str, Any]:
    """The thing of that name."""
    found: dict[str, Any] = next(one for one in things.iterate() if one["name"] == name)
    return found


def state(client: Client, environment: str) -> str:
    """How far an environment is."""
    return str(client.environments.get(environment)["state"])


def test_the_document_leads_to_a_running_task(installed: Installation, first: str, alice: Client) -> None:
    """The ten commands as they stand in `docs/cluster.md`; the task runs as a JobSet, its log and its cost are kept.
    Covers: TRAIN-6, BILL-1."""
    assert "The mean of 3 numbers is 3.0" in first
    task = min(alice.tasks.iterate(), key=lambda one: str(one["createdAt"]))
    assert (task["state"], task["exitCode"]) == ("succeeded", 0)
    assert "The mean of 3 numbers" in alice.tasks.log(task["taskId"])["text"]
    assert [one["path"] for one in alice.tasks.output(task["taskId"]).items] == ["mean.txt"]
    assert Decimal(task["cost"]) > 0
    # What ran has gone with its end; nothing of it holds a place.
    wait_for(lambda: not installed.objects("jobsets"), "the JobSet goes with its end", 60)
    assert not installed.objects("pods", f"gemini.io/task={task['taskId']}")


def test_both_replicas_serve(installed: Installation) -> None:
    """Two control planes are ready, and the hub's proxy leads to them."""
    installed.kubectl("rollout", "status", "deployment/gemini-control-plane", "--timeout=90s")
    found = json.loads(installed.kubectl("get", "deployment", "gemini-control-plane", "-o", "json"))
    assert found["status"]["readyReplicas"] == 2
    address = "http://127.0.0.1:8002/services/gemini/api/v1/health"
    look = f"import urllib.request as r; print(r.urlopen('{address}').status)"
    pods = installed.objects("pods", "app.kubernetes.io/name=gemini,app.kubernetes.io/component=control-plane")
    served = [installed.kubectl("exec", one["metadata"]["name"], "--", "python", "-c", look) for one in pods]
    assert [one.strip() for one in served] == ["200", "200"]


def test_a_storage_that_cannot_do_a_deed_is_refused_by_its_name(installed: Installation, first: str) -> None:
    """`helm test` itself says which deed failed: here a pod without the right to give files away."""
    where = f"refused-{secrets.token_hex(2)}"
    chart = installed.folder / where
    shutil.copytree(ROOT / "hub_config" / "chart", chart)
    for one in (chart / "templates").glob("*.yaml"):
        one.unlink()
    helpers = chart / "templates" / "_helpers.tpl"
    helpers.write_text(helpers.read_text().replace("add: [CHOWN, ", "add: ["))
    installed.shell(f"helm install {where} {chart} -n $NAMESPACE")
    said = installed.shell(f"helm test {where} -n $NAMESPACE 2>&1 && exit 1; helm uninstall {where} -n $NAMESPACE")
    assert "chown" in said, said
    installed.kubectl("delete", "pod", "gemini-store-test", "--ignore-not-found")


def test_jupyterlab_answers_through_the_proxy(installed: Installation, environment: dict[str, Any]) -> None:
    """Signed in at the hub, a browser is led to JupyterLab, which has our extension. Covers: ENV-1."""
    browser = installed.browser("alice")
    page = browser.get(f"{installed.url}{environment['url']}")
    assert page.status_code == 200
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.text, re.DOTALL)[1])  # type: ignore[index]
    assert "@gemini/lab" in [one["name"] for one in config["federated_extensions"]]
    base = environment["url"].removesuffix("lab")
    local = browser.get(f"{installed.url}{base}gemini/local").json()["data"]
    assert (local["environmentId"], local["person"]) == (environment["id"], "alice")
    mine = browser.get(f"{installed.url}{base}gemini/api/v1/me").json()["data"]
    assert mine["environmentId"] == environment["id"]
    stranger = installed.browser("bob")
    assert stranger.get(f"{installed.url}{environment['url']}").status_code in (403, 404)
    browser.close()
    stranger.close()


def inside(installed: Installation, environment: dict[str, Any], program: str) -> str:
    """What a program says that root runs in the environment's pod."""
    (pod,) = installed.objects("pods", f"gemini.io/environment={environment['id']}")
    return installed.kubectl("exec", pod["metadata"]["name"], "--", "/bin/bash", "-c", program)


def test_data_can_be_read_and_not_written(installed: Installation, environment: dict[str, Any]) -> None:
    """By root in the pod: neither written, removed, renamed nor mounted away. Covers: CAT-7, ENV-2."""
    assert inside(installed, environment, "id -u; cat /gemini/data-1/numbers.txt").split() == ["0", "1", "2", "6"]
    tries = (
        "echo 1 >> /gemini/data-1/numbers.txt",
        "touch /gemini/data-1/new",
        "rm -f /gemini/data-1/numbers.txt",
        "mv /gemini/data-1/numbers.txt /gemini/data-1/other",
        "chmod 777 /gemini/data-1/numbers.txt",
        "mount -o remount,rw /gemini/data-1",
        "umount /gemini/data-1",
    )
    for one in tries:
        assert (
            inside(installed, environment, f"({one}) 2> /dev/null && echo done || echo refused").strip() == "refused"
        ), one
    said = inside(installed, environment, "echo hello > /gemini/code/note && cat /gemini/code/note; ls /gemini/output")
    assert "hello" in said


def test_a_pod_reaches_the_platform_and_nothing_else_of_it(
    installed: Installation, environment: dict[str, Any]
) -> None:
    """Neither the control plane directly, nor the database, nor the cluster's API; no account of the cluster.
    Covers: TEN-2."""

    def reaches(address: str) -> bool:
        host, _, port = address.partition(":")
        program = f"import socket; socket.create_connection(('{host}', {port}), 3)"
        said = inside(installed, environment, f'python -c "{program}" 2> /dev/null && echo yes || echo no')
        return said.strip() == "yes"

    assert reaches("proxy-public:80")
    assert not reaches("gemini-control-plane:80")
    assert not reaches("database:5432")
    assert not reaches("kubernetes.default.svc:443")
    said = inside(installed, environment, "ls /var/run/secrets/kubernetes.io 2> /dev/null || echo none")
    assert said.strip() == "none"


def submit(person: Client, workspace: str, folder: Path, command: str) -> dict[str, Any]:
    """A task of that workspace, ended, with a project and data of its own."""
    wanted = {"name": "mine", "workspaceId": workspace}
    project = person.projects.create(wanted)
    data = person.datasets.create({**wanted, "visibility": "workspace"})
    (folder / "number.txt").write_text("1")
    person.datasets.upload(data["id"], "number.txt", folder / "number.txt")
    person.datasets.commit(data["id"])
    body = {
        "taskName": "looks around",
        "launchMode": "dynamic",
        "projectId": project["id"],
        "specificationId": "az-bj-a-b1",
        "command": command,
        "datasets": [{"datasetId": data["id"]}],
    }
    made = person.tasks.create(body)
    wait_for(lambda: person.tasks.get(made["taskId"])["endedAt"], "the task ends", SECONDS)
    return person.tasks.get(made["taskId"])


def test_another_workspace_sees_mounts_and_reaches_nothing(
    installed: Installation, environment: dict[str, Any], alice: Client, tmp_path: Path
) -> None:
    """By the API neither data nor environments, by the network no pod. Covers: TEN-1, TEN-3."""
    bob = installed.client("bob")
    other = alice.workspaces.create({"name": f"other {secrets.token_hex(2)}", "owner": "bob"})
    alice.workspaces.post(other["id"], {"amount": "100", "kind": "credit", "note": ""})
    numbers = environment["mounts"][0]["assetId"]
    assert not [one for one in bob.datasets.iterate() if one["id"] == numbers]
    with pytest.raises(GeminiError):
        bob.datasets.get(numbers)
    with pytest.raises(GeminiError):
        bob.environments.get(environment["id"])
    (pod,) = installed.objects("pods", f"gemini.io/environment={environment['id']}")
    look = f'import socket; socket.create_connection(("{pod["status"]["podIP"]}", 8888), 3)'
    task = submit(bob, other["id"], tmp_path, f"python -c '{look}' && echo reached; ls /gemini")
    said = bob.tasks.log(task["taskId"])["text"]
    assert task["state"] == "succeeded" and "reached" not in said.splitlines(), said
    assert {"code", "data-1", "output"} == set(said.split()[-3:])
    with pytest.raises(GeminiError):
        wanted = {"taskName": "takes", "launchMode": "dynamic", "projectId": task["projectId"], "command": "true"}
        bob.tasks.create({**wanted, "specificationId": "az-bj-a-b1", "datasets": [{"datasetId": numbers}]})


def test_a_task_in_the_environment(installed: Installation, environment: dict[str, Any], alice: Client) -> None:
    """An existing-mode task runs beside JupyterLab and posts nothing. Covers: TRAIN-2."""
    body = {
        "taskName": "beside",
        "launchMode": "existing",
        "environmentId": environment["id"],
        "command": "python train.py; test $PPID -ge 1",
        "datasets": [{"datasetId": environment["mounts"][0]["assetId"]}],
    }
    made = alice.tasks.create(body)
    wait_for(lambda: alice.tasks.get(made["taskId"])["endedAt"], "the task ends", SECONDS)
    task = alice.tasks.get(made["taskId"])
    assert (task["state"], task["exitCode"]) == ("succeeded", 0), task
    assert "The mean of 3 numbers" in alice.tasks.log(made["taskId"])["text"]


def test_a_stop_ends_the_pod_and_the_reservation(
    installed: Installation, environment: dict[str, Any], alice: Client
) -> None:
    """What was held is free again, the files stay, and what was used is paid once. Covers: ENV-3, BILL-2, BILL-9."""
    began = time.monotonic()
    alice.environments.stop(environment["id"])
    wait_for(lambda: state(alice, environment["id"]) == "stopped", "the environment stops", 90)
    assert not installed.objects("pods", f"gemini.io/environment={environment['id']}")
    wait_for(lambda: not installed.objects("workloads"), "its reservation ends", 60)
    assert time.monotonic() - began < 150
    ended = alice.environments.get(environment["id"])
    lines = alice.workspaces.postings(environment["workspaceId"], limit=200).items
    mine = [one for one in lines if one["holderId"] == environment["id"]]
    minutes = sum(one["minutes"] for one in mine)
    lived = datetime.fromisoformat(ended["stateSince"]) - datetime.fromisoformat(ended["createdAt"])
    assert 1 <= minutes <= math.ceil(lived.total_seconds() / 60)
    owed = (Decimal(environment["pricePerHour"]) * minutes / 60).quantize(Decimal("0.000001"), ROUND_FLOOR)
    assert -sum(Decimal(one["amount"]) for one in mine) == Decimal(ended["cost"]) == owed > 0


def running_pod(installed: Installation, environment: str, but: str = "") -> dict[str, Any] | None:
    """Its pod where it runs and is not the one of the uid `but`."""
    for pod in installed.objects("pods", f"gemini.io/environment={environment}"):
        metadata = pod["metadata"]
        if pod["status"]["phase"] == "Running" and "deletionTimestamp" not in metadata and metadata["uid"] != but:
            return pod
    return None


def test_a_change_a_restart_and_the_end(installed: Installation, environment: dict[str, Any], alice: Client) -> None:
    """It starts as it is described now and anew at a restart; deleted, nothing of it is left but its project's files.
    Covers: ENV-2, ENV-3, BILL-10."""
    name = environment["id"]
    other = {"availabilityZone": "az-bj-a", "gpuCount": 0, "cpuCores": 0.3, "memory": 0.75, "image": "lab"}
    alice.environments.stop(name)
    wait_for(lambda: state(alice, name) == "stopped", "it stands still", 60)
    changed = alice.environments.update(name, {"resourceConfig": other})
    assert changed["pricePerHour"] != environment["pricePerHour"]
    alice.environments.start(name)
    wait_for(lambda: state(alice, name) == "running", "it starts again", SECONDS)
    first = running_pod(installed, name)
    assert first is not None
    assert first["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "300m", "memory": str(768 << 20)}
    assert "train.py" in inside(installed, environment, "ls /gemini/code")
    alice.environments.restart(name)
    again = wait_for(lambda: running_pod(installed, name, first["metadata"]["uid"]), "another pod runs", SECONDS)
    wait_for(lambda: state(alice, name) == "running", "it runs again", SECONDS)
    assert again["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "300m"
    alice.environments.delete(name)
    wait_for(lambda: not installed.objects("pods", f"gemini.io/environment={name}"), "its pod goes", 90)
    wait_for(lambda: not installed.objects("workloads"), "its place goes", 60)
    address, key = f"{installed.url}/hub/api/users/alice?include_stopped_servers=1", installed.token("alice")
    asked = {"Authorization": f"token {key}"}
    wait_for(lambda: name not in httpx.get(address, headers=asked).json()["servers"], "its server goes", 60)
    with pytest.raises(GeminiError):
        alice.environments.get(name)
    left = ("exec", "deployment/gemini-control-plane", "--", "ls", "/srv/gemini/store/environments")
    wait_for(lambda: name not in installed.kubectl(*left), "its folder goes", 60)
    assert named(alice.projects, "first")["id"] == environment["projectId"]
