"""Environments as real pods, started and stopped by a real JupyterHub."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest
from bench_cluster.spawner import BOUND_MILLISECONDS, Start, added_p95, compare
from cluster_fixture import Wire
from gemini_core import cluster_plan
from gemini_core.refusals import retold
from gemini_spawner.plan import read_plan
from spawner_rig import API, CLAIM, IMAGE, OTHER, OWNER, HubRig, StandIn, kubectl, own_address, wait_for

pytestmark = pytest.mark.cluster

NOBODYS = "localhost/nobody-has-this:0"
GRACE = 60


def plan_of(namespace: str) -> cluster_plan.ClusterPlan:
    """An operator's plan: images, one of which nobody has, and a card that no node has."""
    told = {
        "namespace": namespace,
        "claim": CLAIM,
        "images": [
            {"id": "std", "reference": IMAGE, "pullPolicy": "Never"},
            {"id": "lost", "reference": NOBODYS, "pullPolicy": "Never"},
            {"id": "unreached", "reference": NOBODYS, "pullPolicy": "Always"},
        ],
        "zones": [{"id": "a", "cards": [{"type": "X", "memoryGb": 1, "resource": "spawner.test/card"}]}],
    }
    return cluster_plan.parse(json.dumps(told))


@pytest.fixture(scope="module")
def hub(cluster_namespace: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubRig]:
    """A hub whose pods go into a namespace of its own."""
    address = own_address()
    if address is None:
        pytest.skip("this machine is no node of the cluster: its pods would not reach a hub that runs here")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLAIM},
        "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    made = kubectl("apply", "-n", cluster_namespace, "-f", "-", input=json.dumps(claim))
    assert made.returncode == 0, made.stderr
    stand_in = StandIn(plan_of(cluster_namespace))
    home = tmp_path_factory.mktemp("hub")
    patience = {"schedule_timeout": 10, "retry_timeout": 2, "answer_timeout": 100, "delete_grace_period": GRACE}
    rig = HubRig(home, cluster_namespace, stand_in, address, **patience)
    try:
        yield rig.start()
    finally:
        rig.end()
        stand_in.stop()
        print((home / "hub.log").read_text()[-8000:])


@pytest.fixture(scope="module")
def environment(hub: HubRig) -> Iterator[str]:
    """A running environment, and how its start was told."""
    made = hub.stand_in.environment()
    told = hub.run(made)
    assert told[-1].get("ready"), told
    hub.stand_in.rows[made]["told"] = told
    yield made
    hub.stop(made)


def test_jupyterlab_answers_through_the_proxy(hub: HubRig, environment: str) -> None:
    """With our extension in it, at the code folder. Covers: ENV-1, ENV-2."""
    page = hub.lab(environment)
    assert page.status_code == 200
    assert "jupyter-config-data" in page.text
    local = hub.lab(environment, "gemini/local").json()["data"]
    assert (local["environmentId"], local["person"]) == (environment, OWNER)
    assert hub.lab(environment, "gemini/runner/tasks").json()["data"]["server"]["restarts"] == 0
    assert (hub.server(environment) or {})["display_name"] == "第一个 环境"


def test_the_steps_are_told_as_they_happen(hub: HubRig, environment: str) -> None:
    """The hub's progress says what the cluster does; the control plane hears that it runs. Covers: ENV-3."""
    told = [one["message"] for one in hub.stand_in.rows[environment]["told"]]
    assert told[0].endswith("0.7 CPU") or told[1].endswith("0.7 CPU")
    assert "A node has room; its folders are being mounted" in told
    assert "The environment runs; JupyterLab is starting" in told
    percents = [one["progress"] for one in hub.stand_in.rows[environment]["told"]]
    assert percents == sorted(percents)
    assert hub.stand_in.events(environment) == ["started"]


def test_data_is_read_and_never_written(hub: HubRig, environment: str) -> None:
    """Not by root either, whatever it tries; code and outputs are written and stay. Covers: CAT-7, ENV-2."""
    for attempt in (
        "touch /gemini/data-1/new",
        "chmod 777 /gemini/data-1",
        "mount -o remount,rw /gemini/data-1",
        "umount /gemini/data-1",
        "touch /run/gemini/snapshots/new",
    ):
        refused = hub.inside(environment, attempt)
        assert refused.returncode != 0, attempt
    assert hub.inside(environment, "ls /gemini/data-1").returncode == 0
    done = hub.inside(environment, "id -u; pwd; echo kept > /gemini/code/kept; echo kept > /gemini/output/kept")
    assert done.stdout.split() == ["0", "/gemini/code"]


def test_root_inside_can_install_and_nothing_more(hub: HubRig, environment: str) -> None:
    """What apt and pip do works; the cluster's API has no token, the node no way in. Covers: ENV-2, TEN-2b."""
    works = "install -o nobody /dev/null /tmp/theirs && setpriv --reuid=65534 --clear-groups id -u"
    assert hub.inside(environment, works).stdout.strip() == "65534"
    assert hub.inside(environment, "ls /var/run/secrets/kubernetes.io").returncode != 0
    assert hub.inside(environment, "mknod /tmp/disk b 8 0").returncode != 0
    assert hub.inside(environment, "df /dev/shm --output=size | tail -1").stdout.strip() > "65536"


def test_tasks_inside_find_the_runner(hub: HubRig, environment: str) -> None:
    """Its socket and the folders of tasks; a task has nothing of the hub's. Covers: TRAIN-1, TRAIN-9."""
    task = f"task-{secrets.token_hex(4)}"
    folder = f"/run/gemini/tasks/{task}"
    order = {
        "id": task,
        "folder": folder,
        "ranks": [
            {
                "role": "main",
                "rank": 0,
                "argv": ["/bin/bash", "-c", 'echo "token:$JUPYTERHUB_API_TOKEN:$GEMINI_SPEC"'],
                "cwd": "/gemini/code",
                "env": {},
            }
        ],
    }
    headers = {"Authorization": f"token {hub.tokens['tests']}"}
    address = f"/user/{OWNER}/{environment}/gemini/runner/tasks"
    answer = hub.client.post(address, json=order, headers=headers)
    assert answer.status_code == 200, answer.text
    wait_for(lambda: '"ended"' in hub.inside(environment, f"cat {folder}/state.json").stdout, "the task ends")
    assert hub.inside(environment, f"cat {folder}/main-0.log").stdout == "token::\n"


def restarts(hub: HubRig, environment: str) -> int:
    """How often the environment's server was started again; -1 where it does not answer."""
    answer = hub.lab(environment, "gemini/runner/tasks")
    return int(answer.json()["data"]["server"]["restarts"]) if answer.status_code == 200 else -1


def test_a_server_that_dies_is_started_again(hub: HubRig, environment: str) -> None:
    """The environment goes on. Covers: ENV-6."""
    before = restarts(hub, environment)
    hub.inside(environment, "pkill -f jupyterhub.singleuser")
    wait_for(lambda: restarts(hub, environment) == before + 1, "the server answers again")
    assert hub.stand_in.events(environment) == ["started"]


def test_a_hub_that_starts_again_finds_its_environments(hub: HubRig, environment: str) -> None:
    """Covers: ENV-3."""
    before = hub.pod_object(environment)["metadata"]["uid"]
    hub.end()
    hub.start()
    wait_for(lambda: (hub.server(environment) or {}).get("ready"), "the environment is known again")
    assert hub.lab(environment, "gemini/local").status_code == 200
    assert hub.pod_object(environment)["metadata"]["uid"] == before
    assert "stop-requested" not in hub.stand_in.events(environment)


def test_a_hub_that_forgot_all_adopts_what_runs(hub: HubRig, environment: str) -> None:
    """Its database was lost: the pod goes on with its own token, and nobody is said to have stopped it.

    Covers: ENV-3, TRAIN-10."""
    before, begun = hub.pod_object(environment)["metadata"]["uid"], restarts(hub, environment)
    hub.end()
    hub.forget()
    hub.start()
    assert hub.server(environment) is None
    assert hub.run(environment)[-1].get("ready")
    assert hub.pod_object(environment)["metadata"]["uid"] == before
    # Its server asks the hub who comes, by that token.
    assert restarts(hub, environment) == begun
    assert "stop-requested" not in hub.stand_in.events(environment)


async def test_a_cluster_away_for_longer_than_a_watch_waits(hub: HubRig, environment: str, wire: Wire) -> None:
    """What runs runs on and answers; when it is back, what becomes of a pod is seen as before. Covers: ENV-3."""
    before, known = hub.pod_object(environment)["metadata"]["uid"], len(hub.log)
    hub.end()
    try:
        await asyncio.to_thread(hub.start, KUBECONFIG=wire.kubeconfig, TESTS_IMPATIENT="1")
        await asyncio.to_thread(wait_for, lambda: "watching for pods" in hub.log[known:], "its watch")
        wire.cut()
        await asyncio.to_thread(wait_for, lambda: "never recovered" in hub.log[known:], "the end of its patience")
        page = await asyncio.to_thread(hub.lab, environment, "gemini/local")
        assert page.status_code == 200
        server = await asyncio.to_thread(hub.server, environment)
        assert (server or {}).get("ready"), server
        wire.mend()
        made = hub.stand_in.environment(image="lost", cpu=0.02)
        assert "The image cannot be fetched" in await asyncio.to_thread(refused, hub, made)
    finally:
        await asyncio.to_thread(hub.end)
        hub.start()
    assert hub.pod_object(environment)["metadata"]["uid"] == before
    assert "stop-requested" not in hub.stand_in.events(environment)


def refused(hub: HubRig, environment: str, **more: Any) -> str:
    """Why a start was refused, as the hub says it."""
    answer = hub.ask_start(environment, **more)
    assert answer.status_code in (202, 403), answer.text
    if answer.status_code == 403:
        return str(answer.json()["message"])
    # While what was made is cleared away the hub says nothing.
    told = wait_for(lambda: list(hub.progress(environment, more.get("person", OWNER))), "the end of the start")
    assert told[-1].get("failed"), told
    return str(told[-1]["message"])


def test_the_hub_has_our_pages(hub: HubRig) -> None:
    """Whoever signs people in; in the person's language. Covers: DOC-1."""
    page = hub.client.get("/hub/login", headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 200
    assert "登录" in page.text
    assert "登录" not in hub.client.get("/hub/login", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("posted", [{"environment": "env-another0000"}, {"image": "mine"}, {"profile": "large"}])
def test_what_is_posted_besides_is_refused(hub: HubRig, posted: dict[str, str]) -> None:
    """Nothing is made. Covers: ENV-4, TEN-3."""
    made = hub.stand_in.environment()
    assert "started by its id alone" in refused(hub, made, options={"environment": made, **posted})
    assert hub.pod(made) == ""


def test_anothers_environment_is_refused(hub: HubRig, environment: str) -> None:
    """It neither starts nor ends for anybody else. Covers: TEN-2b, TEN-3."""
    assert "not yours" in refused(hub, environment, person=OTHER)
    hub.api("DELETE", f"/users/{OTHER}/servers/{environment}", {"remove": True})
    assert hub.lab(environment, "gemini/local").status_code == 200


def test_a_foreign_pod_of_its_name_stays(hub: HubRig) -> None:
    """The start is refused and names it; neither that nor a removal ends it. Covers: ENV-3."""
    made = hub.stand_in.environment(cpu=0.02)
    name = f"jupyter-{OWNER}--{made}"
    foreign = {
        "apiVersion": "v1",
        "kind": "Pod",
        # Another hub's: what one of ours has, too, but for whose it is.
        "metadata": {"name": name, "labels": {"app": "jupyterhub", "component": "singleuser-server"}},
        "spec": {"nodeSelector": {"tests": "nowhere"}, "containers": [{"name": "notebook", "image": IMAGE}]},
    }
    look = ("get", "pod", name, "-n", hub.namespace, "-o", "jsonpath={.metadata.uid}{.metadata.deletionTimestamp}")
    applied = kubectl("apply", "-n", hub.namespace, "-f", "-", input=json.dumps(foreign))
    assert applied.returncode == 0, applied.stderr
    before = kubectl(*look).stdout
    try:
        said = refused(hub, made)
        assert name in said and "left alone" in said
        assert "未作改动" in retold(said, "zh-CN")
        hub.api("DELETE", f"/users/{OWNER}/servers/{made}", {"remove": True})
        wait_for(lambda: hub.server(made) is None, "the hub forgets it")
        assert kubectl(*look).stdout == before != ""
    finally:
        kubectl("delete", "pod", name, "-n", hub.namespace, "--grace-period=0", "--force")


def test_why_it_does_not_come_is_said(hub: HubRig) -> None:
    """Soon, in words, in both languages; no pod is left, and nobody is said to have stopped it. Covers: ENV-3."""
    cases = {
        "lost": ({"image": "lost"}, "The image cannot be fetched", "无法拉取镜像"),
        "unreached": ({"image": "unreached"}, "The image cannot be fetched", "无法拉取镜像"),
        "no card": ({"gpu_type": "X", "gpu_count": 1}, "No node can take the environment", "没有节点能够运行"),
    }
    for asked, english, chinese in cases.values():
        made = hub.stand_in.environment(cpu=0.02, **asked)
        said = refused(hub, made)
        assert english in said
        assert chinese in retold(said, "zh-CN")
        wait_for(lambda made=made: not hub.pod(made), "its pod is gone")  # type: ignore[misc]
        assert hub.stand_in.events(made) == []


def test_the_reason_is_in_the_askers_language(hub: HubRig) -> None:
    """Covers: DOC-1."""
    made = hub.stand_in.environment(image="lost", cpu=0.02)
    assert "无法拉取镜像" in refused(hub, made, **{"Accept-Language": "zh-CN"})


def test_memory_that_runs_out_is_named(hub: HubRig) -> None:
    """Where the start itself needs more than there is. Covers: ENV-3, TRAIN-9."""
    made = hub.stand_in.environment(memory=12 << 20, cpu=0.1)
    assert "more memory" in refused(hub, made)


def test_a_stop_ends_it_and_a_start_begins_anew(hub: HubRig, environment: str) -> None:
    """What is in the folders stays, all else goes; the wish is told before it ends. Covers: ENV-2, ENV-3."""
    made = environment
    hub.inside(made, "echo kept > /gemini/output/stays; touch /root/goes")
    first = hub.pod_object(made)["metadata"]["uid"]
    began = time.monotonic()
    hub.stop(made)
    assert time.monotonic() - began < GRACE - 10, "it ended by itself, before its grace"
    wait_for(lambda: not hub.pod(made), "its pod is gone")
    assert hub.stand_in.events(made)[-1] == "stop-requested"
    hub.stand_in.rows[made]["cpu"] = 0.6
    assert hub.run(made)[-1].get("ready")
    pod = hub.pod_object(made)
    assert pod["metadata"]["uid"] != first
    assert pod["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "600m"
    assert hub.inside(made, "cat /gemini/output/stays; ls /root/goes").stdout == "kept\n"
    end_from_inside(hub, made)


def end_from_inside(hub: HubRig, made: str) -> None:
    """Process 1 ends: the hub notices, the end is told, the pod stays to be read, and a new start clears it away."""
    hub.inside(made, "kill -TERM 1")
    wait_for(lambda: not (hub.server(made) or {"ready": False}).get("ready"), "the hub notices")
    ended = wait_for(
        lambda: [seen for name, seen in hub.stand_in.told if name == made and seen["event"] == "ended"], ""
    )
    assert (ended[0]["exitCode"], ended[0]["lost"]) == (0, False)
    assert hub.stand_in.events(made)[-1] == "ended"
    wait_for(lambda: hub.pod_object(made)["status"]["phase"] == "Succeeded", "the node tells its end")
    hub.api("DELETE", f"/users/{OWNER}/servers/{made}", {"remove": True})
    wait_for(lambda: not hub.pod(made), "what was left is gone")


async def test_our_part_of_a_start_is_small(cluster_namespace: str) -> None:
    """Beside KubeSpawner with the same pod configured, 95 of 100 starts. Covers: PERF-2."""
    stand_in = StandIn(plan_of(cluster_namespace))
    try:
        environment = stand_in.environment()
        plan = read_plan(stand_in.launch_plan(stand_in.rows[environment]).wire())
        pairs = await compare(Start(plan, stand_in.url + API, stand_in.token, cluster_namespace), 40)
    finally:
        stand_in.stop()
    assert added_p95(pairs) <= BOUND_MILLISECONDS, pairs
