"""What a cluster is asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from gemini_core import manifests
from gemini_core.cluster_plan import Image, PodDefaults
from gemini_core.manifests import Folder, Pods, RolePods, TaskObjects, make_jobset, make_network_policy, make_pod

PODS = Pods(
    image=Image("user", "User", "", "registry/user:1", "Always"),
    claim="gemini-store",
    folders=[
        Folder("snapshots/abc", "/gemini/code"),
        Folder("projects/p/output/t", "/gemini/output", read_only=False),
        Folder("versions/v", "/gemini/data-1"),
    ],
    cpu_millicores=1500,
    memory_bytes=2**30,
    cards={"nvidia.com/gpu": "4"},
    variables={"A": "1"},
    node_labels={"zone": "a"},
    tolerations=[{"key": "gpu", "operator": "Exists"}],
)
ROLES = [RolePods("chief", 1, {"id": "x"}), RolePods("worker", 3, {"id": "y"})]
TASK = TaskObjects("task-abcdefghij", "ws-abcdefghij", ROLES, PODS, 3600.0, "queue-1")


def jobs(task: TaskObjects = TASK) -> dict[str, dict[str, Any]]:
    """The Jobs of a task by role."""
    return {one["name"]: one["template"] for one in make_jobset(task)["spec"]["replicatedJobs"]}


def container(pods: Pods = PODS, specification: Any = None) -> dict[str, Any]:
    """The one container of a pod."""
    (one,) = make_pod(pods, specification or {})["containers"]
    return dict(one)


def test_a_role_is_an_indexed_job_and_nothing_is_started_twice() -> None:
    """Covers: TRAIN-6, TRAIN-12."""
    found = jobs()
    assert list(found) == ["chief", "worker"]
    spec = found["worker"]["spec"]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 3, 3)
    assert spec["backoffLimit"] == 0
    jobset = make_jobset(TASK)
    assert jobset["spec"]["failurePolicy"] == {"maxRestarts": 0}
    assert jobset["spec"]["network"] == {"enableDNSHostnames": True, "publishNotReadyAddresses": True}


def test_waiting_for_a_node_or_an_image_takes_nothing_of_a_tasks_time() -> None:
    """A Job's deadline would run from its admission, a pod's runs while its image is fetched. Covers: TRAIN-9."""
    spec = jobs()["worker"]["spec"]
    assert "activeDeadlineSeconds" not in spec
    assert TASK.max_duration is not None
    assert spec["template"]["spec"]["activeDeadlineSeconds"] >= TASK.max_duration + 1800
    endless = jobs(replace(TASK, max_duration=None))["worker"]["spec"]
    assert "activeDeadlineSeconds" not in endless["template"]["spec"]


def test_everything_is_labelled_and_only_the_whole_stands_in_the_line() -> None:
    """Covers: TRAIN-12, RES-6."""
    jobset = make_jobset(TASK)
    wanted = {
        "app.kubernetes.io/managed-by": "gemini",
        "gemini.io/task": TASK.id,
        "gemini.io/workspace": "ws-abcdefghij",
    }
    assert jobset["metadata"] == {"name": TASK.id, "labels": {**wanted, "kueue.x-k8s.io/queue-name": "queue-1"}}
    pod = jobs()["worker"]["spec"]["template"]
    assert pod["metadata"]["labels"] == {**wanted, "gemini.io/role": "worker"}
    assert "kueue.x-k8s.io/queue-name" not in make_jobset(replace(TASK, queue=None))["metadata"]["labels"]


def test_the_store_is_mounted_by_folder_and_data_and_code_read_only() -> None:
    """Covers: CAT-7, TRAIN-5."""
    mounts = {one["mountPath"]: one for one in container()["volumeMounts"]}
    assert mounts["/gemini/data-1"] == {
        "name": "gemini-store",
        "mountPath": "/gemini/data-1",
        "subPath": "versions/v",
        "readOnly": True,
    }
    assert mounts["/gemini/code"]["readOnly"] and "readOnly" not in mounts["/gemini/output"]
    assert all(one.get("subPath") for one in mounts.values() if one["name"] == "gemini-store"), "never the whole store"
    order = list(mounts)
    assert order.index("/run/gemini") == 0


def test_resources_are_the_same_for_the_line_and_the_node() -> None:
    """Covers: RES-3, RES-6."""
    resources = container()["resources"]
    assert resources["limits"] == {"cpu": "1500m", "memory": str(2**30), "nvidia.com/gpu": "4"} == resources["requests"]
    assert "memory" not in container(replace(PODS, memory_bytes=0))["resources"]["limits"]


def test_process_1_is_the_runner_and_a_dollar_stays_a_dollar() -> None:
    """Covers: TRAIN-5."""
    command = "echo $HOME $(RANK) $$ 中文"
    found = container(PODS, {"argv": [command]})
    assert found["command"][-1] == "gemini_runner"
    given = {one["name"]: one["value"] for one in found["env"]}
    expanded = re.sub(r"\$\$", "$", given["GEMINI_SPEC"])
    assert json.loads(expanded) == {"argv": [command]}
    assert not re.search(r"(?<!\$)(\$\$)*\$\(", given["GEMINI_SPEC"])


def test_shared_memory_is_as_large_as_the_memory() -> None:
    """Covers: TRAIN-5: a container's own is too small for data loaders of several processes."""

    def volume(pods: Pods) -> Any:
        return next(one for one in make_pod(pods, {})["volumes"] if one["name"] == "shm")["emptyDir"]

    assert {"name": "shm", "mountPath": "/dev/shm"} in container()["volumeMounts"]
    assert volume(PODS) == {"medium": "Memory", "sizeLimit": str(2**30)}
    assert volume(replace(PODS, memory_bytes=0)) == {"medium": "Memory"}


def test_root_keeps_few_rights_and_no_token() -> None:
    """Covers: TEN-3."""
    pod = make_pod(PODS, {})
    assert pod["automountServiceAccountToken"] is False
    rights = container()["securityContext"]
    assert rights["allowPrivilegeEscalation"] is False and rights["capabilities"]["drop"] == ["ALL"]
    assert not {"SYS_ADMIN", "NET_RAW", "SYS_PTRACE", "MKNOD"} & set(rights["capabilities"]["add"])
    assert "privileged" not in str(pod) and "hostPath" not in str(pod) and "fsGroup" not in str(pod)


def test_the_clusters_own_is_kept_where_the_operator_says_nothing() -> None:
    """Covers: RES-3."""
    plain = make_pod(PODS, {})
    for key in ("schedulerName", "priorityClassName", "serviceAccountName", "runtimeClassName", "hostUsers"):
        assert key not in plain
    said = PodDefaults("hami-scheduler", ("pull",), "work", "people", "gvisor", False, {"a": "b"})
    pod = make_pod(replace(PODS, defaults=said), {})
    assert (pod["schedulerName"], pod["priorityClassName"], pod["runtimeClassName"]) == (
        "hami-scheduler",
        "work",
        "gvisor",
    )
    assert (pod["serviceAccountName"], pod["imagePullSecrets"], pod["hostUsers"]) == (
        "people",
        [{"name": "pull"}],
        False,
    )
    template = jobs(replace(TASK, pods=replace(PODS, defaults=said)))["chief"]["spec"]["template"]
    assert template["metadata"]["annotations"]["a"] == "b"


def test_a_policy_lets_only_the_task_itself_in_and_nobody_into_the_cluster() -> None:
    """Covers: TEN-3, TRAIN-6."""
    policy = make_network_policy(TASK)
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    own = {"podSelector": {"matchLabels": {"gemini.io/task": TASK.id}}}
    assert policy["spec"]["ingress"] == [{"from": [own]}]
    same, names, world = policy["spec"]["egress"]
    assert same == {"to": [own]} and {one["port"] for one in names["ports"]} == {53}
    (four, six) = (one["ipBlock"] for one in world["to"])
    assert set(four["except"]) == set(manifests.PRIVATE) and six["cidr"] == "::/0"
    assert policy["metadata"]["name"] == TASK.id and policy["metadata"]["labels"] == TASK.labels


@pytest.mark.parametrize("role", ["a" * 20, "worker"])
def test_names_fit_a_host_name(role: str) -> None:
    """Covers: TRAIN-6."""
    assert len(f"{TASK.id}-{role}-0-63") <= 63
