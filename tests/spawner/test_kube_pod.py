"""The pod that KubeSpawner makes of a launch plan, whatever else was configured or posted. No cluster is asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from gemini_core import cluster_plan
from gemini_spawner.kube import GeminiSpawner
from gemini_spawner.plan import read_plan
from gemini_spawner.pod import pod_environment
from gemini_spawner.watches import WATCHES
from jupyterhub.spawner import SpawnException
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from spawner_rig import API, OWNER, StandIn
from traitlets.config import Config

SHARE = {"type": "half", "memoryGb": 20, "dialect": "hami", "shareMemoryMib": 20480, "shareCores": 50}
PLAN: dict[str, Any] = {
    "namespace": "gemini",
    "images": [{"id": "std", "reference": "registry/gemini:1", "pullPolicy": "Always"}],
    "zones": [
        {
            "id": "a",
            "nodeLabels": {"zone": "a"},
            "tolerations": [{"key": "gemini", "operator": "Exists"}],
            "cards": [
                {"type": "A100", "memoryGb": 40, "nodeLabels": {"card": "a100"}},
                {**SHARE, "declared": 4, "nodeLabels": {"card": "half"}},
            ],
        }
    ],
    "pod": {"schedulerName": "hami-scheduler", "imagePullSecrets": ["registry-key"], "hostUsers": False},
}
# What the stock chart of JupyterHub sets, and what an operator may.
CHART: dict[str, Any] = {
    "namespace": "hub",
    "image": "another:1",
    "uid": 1000,
    "fs_gid": 100,
    "allow_privilege_escalation": True,
    "privileged": True,
    "cmd": "jupyterhub-singleuser",
    "scheduler_name": "user-scheduler",
    "service_account": "powerful",
    "init_containers": [{"name": "iptables", "image": "x", "securityContext": {"privileged": True}}],
    "storage_pvc_ensure": True,
    "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}],
    "volume_mounts": [{"name": "home", "mountPath": "/home/jovyan"}],
    "mem_guarantee": "1G",
    "extra_resource_limits": {"nvidia.com/gpu": "8"},
    "node_selector": {"node": "another"},
    "extra_labels": {"hub.jupyter.org/network-access-hub": "true"},
    "common_labels": {"app.kubernetes.io/managed-by": "kubespawner", "app": "jupyterhub"},
    "environment": {"CUDA_DISABLE_CONTROL": "true", "OPERATORS": "own"},
    "start_timeout": 300,
}
Make = Callable[..., GeminiSpawner]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A control plane that knows of this cluster."""
    one = StandIn(cluster_plan.parse(json.dumps(PLAN)))
    yield one
    one.stop()


@pytest.fixture
async def make(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Spawners of alice's, configured as the chart does it; they have no cluster to ask."""
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)

    def make(environment: str, options: Any = None, person: str = OWNER, **configured: Any) -> GeminiSpawner:
        settings = {"control_url": stand_in.url + API, "control_token": stand_in.token}
        config = Config({"KubeSpawner": {**CHART, **configured}, "GeminiSpawner": settings})
        user = SimpleNamespace(name=person, id=1, url=f"/user/{person}/", escaped_name=person)
        orm = SimpleNamespace(name=environment, state=None, server=None)
        spawner = GeminiSpawner(_mock=True, user=user, orm_spawner=orm, config=config)
        spawner.user_options = {"environment": environment} if options is None else options
        spawner.api_token = "the-servers-own"
        return spawner

    return make


async def pod_of(spawner: GeminiSpawner) -> dict[str, Any]:
    """What the API server would be sent."""
    await spawner.load_user_options()
    manifest = await spawner.get_pod_manifest()
    found: dict[str, Any] = ApiClient().sanitize_for_serialization(manifest)
    return found


async def test_the_plan_decides_what_runs(stand_in: StandIn, make: Make) -> None:
    """Covers: ENV-1, ENV-2, CAT-7."""
    made = stand_in.environment()
    pod = await pod_of(make(made))
    spec, (container,) = pod["spec"], pod["spec"]["containers"]
    assert pod["metadata"]["name"] == f"jupyter-alice--{made}"
    assert (container["image"], container["imagePullPolicy"]) == ("registry/gemini:1", "Always")
    assert container["command"] == ["python", "-I", "-m", "gemini_runner"]
    assert "args" not in container
    assert container["resources"]["limits"] == container["resources"]["requests"] == {"cpu": 0.7, "memory": 768 << 20}
    assert spec["restartPolicy"] == "Never"
    assert spec["imagePullSecrets"] == [{"name": "registry-key"}]
    assert (spec["nodeSelector"], spec["tolerations"]) == ({"zone": "a"}, [{"key": "gemini", "operator": "Exists"}])


async def test_folders_of_one_volume_by_their_paths(stand_in: StandIn, make: Make) -> None:
    """Data cannot be written; nothing else of the store is there; what belongs to nobody is temporary.

    Covers: ENV-2, CAT-7, TEN-2b."""
    made = stand_in.environment()
    pod = await pod_of(make(made))
    volumes = {one["name"]: one for one in pod["spec"]["volumes"]}
    assert volumes["gemini-store"]["persistentVolumeClaim"] == {"claimName": "gemini-store"}
    assert len(volumes) == 3
    mounts = {one["mountPath"]: one for one in pod["spec"]["containers"][0]["volumeMounts"]}
    assert {
        path: (one["subPath"], one["readOnly"]) for path, one in mounts.items() if one["name"] == "gemini-store"
    } == {
        "/gemini/code": ("projects/p/code", False),
        "/gemini/output": ("projects/p/output", False),
        "/gemini/data-1": ("versions/v", True),
        "/run/gemini/tasks": (f"environments/{made}/tasks", False),
        "/run/gemini/snapshots": (f"environments/{made}/snapshots", True),
        "/run/gemini/person": ("persons/alice/w", False),
    }
    assert mounts["/run/gemini"]["name"] == "gemini-run"


async def test_root_inside_has_no_rights_outside(stand_in: StandIn, make: Make) -> None:
    """No privileged container, no account, no group for the whole store, no way to more rights.

    Covers: ENV-2, TEN-2b."""
    spec = (await pod_of(make(stand_in.environment())))["spec"]
    rights = spec["containers"][0]["securityContext"]
    assert "initContainers" not in spec or not spec["initContainers"]
    assert (rights["runAsUser"], rights["allowPrivilegeEscalation"]) == (0, False)
    assert "privileged" not in rights
    assert rights["capabilities"]["drop"] == ["ALL"]
    assert not {"SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE", "MKNOD", "NET_RAW"} & set(rights["capabilities"]["add"])
    assert "fsGroup" not in spec.get("securityContext", {})
    assert spec["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in spec
    assert (spec["hostUsers"], spec["enableServiceLinks"]) == (False, False)


async def test_labels_lead_to_it_and_the_charts_own_stay(stand_in: StandIn, make: Make) -> None:
    """It waits in no queue of Kueue's: its reservation did. Covers: RES-6."""
    made = stand_in.environment()
    labels = (await pod_of(make(made)))["metadata"]["labels"]
    assert labels["gemini.io/environment"] == made
    assert labels["gemini.io/workspace"] == "ws-abcdefghij"
    assert labels["app.kubernetes.io/managed-by"] == "gemini"
    assert labels["hub.jupyter.org/network-access-hub"] == "true"
    assert labels["app"] == "jupyterhub"
    assert not [name for name in labels if name.startswith("kueue")]


async def test_the_scheduler_is_the_operators(stand_in: StandIn, make: Make) -> None:
    """Else a scheduler of shared cards would not see the pod and its limits would silently be none. Covers: RES-3."""
    spec = (await pod_of(make(stand_in.environment(gpu_type="half", gpu_count=2))))["spec"]
    assert spec["schedulerName"] == "hami-scheduler"
    assert {name: amount for name, amount in spec["containers"][0]["resources"]["limits"].items() if "/" in name} == {
        "nvidia.com/gpu": "2",
        "nvidia.com/gpumem": "20480",
        "nvidia.com/gpucores": "50",
    }


async def test_cards_are_those_of_the_plan(stand_in: StandIn, make: Make) -> None:
    """Covers: RES-2, RES-3."""

    async def found(**asked: Any) -> tuple[Any, dict[str, Any]]:
        container = (await pod_of(make(stand_in.environment(**asked))))["spec"]["containers"][0]
        values = {one["name"]: one.get("value", "") for one in container["env"]}
        return container["resources"]["limits"].get("nvidia.com/gpu"), values

    four, told = await found(gpu_type="A100", gpu_count=4)
    assert four == "4"
    assert "CUDA_VISIBLE_DEVICES" not in told
    assert "NVIDIA_VISIBLE_DEVICES" not in told
    none, told = await found()
    assert none is None
    assert (told["CUDA_VISIBLE_DEVICES"], told["NVIDIA_VISIBLE_DEVICES"]) == ("", "void")
    # What would switch a share's limits off is in none of them.
    assert "CUDA_DISABLE_CONTROL" not in told
    assert (await found(gpu_type="half", gpu_count=1))[1]["CUDA_DISABLE_CONTROL"] == "false"


async def test_process_1_is_told_what_to_run(stand_in: StandIn, make: Make) -> None:
    """The hub's variables and the operator's are its own; what is the server's alone goes to the server.

    Covers: ENV-2, TEN-2b."""
    made = stand_in.environment()
    container = (await pod_of(make(made)))["spec"]["containers"][0]
    told = {one["name"]: one.get("value", "") for one in container["env"]}
    assert (told["JUPYTERHUB_API_TOKEN"], told["OPERATORS"]) == ("the-servers-own", "own")
    order = json.loads(told["GEMINI_SPEC"])
    assert (order["id"], order["kind"], order["run"]) == (made, "environment", "/run/gemini")
    assert order["server"]["argv"][:4] == ["python", "-P", "-m", "jupyterhub.singleuser"]
    assert order["server"]["env"]["GEMINI_API_URL"] == "http://proxy-public/services/gemini/api/v1"
    assert "the-servers-own" not in told["GEMINI_SPEC"]


def test_a_dollar_stays_a_dollar(stand_in: StandIn) -> None:
    """A cluster puts values of its own for `$(NAME)`; in an operator's variables that may be meant. Covers: ENV-2."""
    row = stand_in.rows[stand_in.environment()]
    plan = read_plan(stand_in.launch_plan(row).wire())
    told = pod_environment(replace(plan, variables={"CODE": "/$(HOME)/$"}), {"OPERATORS": "$(HOME)"}, "http://x/$(A)")
    assert (told["CODE"], told["OPERATORS"]) == ("/$$(HOME)/$$", "$(HOME)")
    assert json.loads(told["GEMINI_SPEC"])["server"]["env"]["GEMINI_API_URL"] == "http://x/$$(A)"


async def test_shared_memory_is_as_large_as_the_memory(stand_in: StandIn, make: Make) -> None:
    """A container's own is too small for data loaders of several processes. Covers: ENV-2."""
    spec = (await pod_of(make(stand_in.environment())))["spec"]
    volume = next(one for one in spec["volumes"] if one["name"] == "gemini-shm")
    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": str(768 << 20)}
    mounts = {one["mountPath"]: one["name"] for one in spec["containers"][0]["volumeMounts"]}
    assert mounts["/dev/shm"] == "gemini-shm"


async def test_a_second_start_repeats_nothing_of_the_first(stand_in: StandIn, make: Make) -> None:
    """Covers: ENV-3."""
    made = stand_in.environment(gpu_type="A100", gpu_count=4)
    spawner = make(made)
    before = await pod_of(spawner)
    stand_in.rows[made].update(gpu_type=None, gpu_count=0, cpu=0.3)
    after = await pod_of(spawner)
    assert before["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "4"
    assert after["spec"]["containers"][0]["resources"]["limits"] == {"cpu": 0.3, "memory": 768 << 20}
    assert after["spec"]["nodeSelector"] == {"zone": "a"}


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"environment": "env-somebodys1"},
        {"image": "mine:1"},
        {"profile": "large"},
        {"profile": "small", "size--unlisted-choice": "99"},
        {"environment": None},
    ],
)
async def test_what_is_posted_names_the_environment_and_nothing_else(
    stand_in: StandIn, make: Make, posted: dict[str, Any]
) -> None:
    """Covers: ENV-4, TEN-3."""
    made = stand_in.environment()
    profiles = [{"display_name": "large", "kubespawner_override": {"mem_limit": "99G", "privileged": True}}]
    spawner = make(made, {"environment": made, **posted} if posted else {}, profile_list=profiles)
    with pytest.raises(SpawnException):
        await pod_of(spawner)


async def test_profiles_of_the_chart_decide_nothing(stand_in: StandIn, make: Make) -> None:
    """A default profile is applied by KubeSpawner before the plan. Covers: ENV-4."""
    profiles = [{"display_name": "large", "default": True, "kubespawner_override": {"mem_limit": "99G", "image": "x"}}]
    pod = await pod_of(make(stand_in.environment(), profile_list=profiles))
    container = pod["spec"]["containers"][0]
    assert (container["image"], container["resources"]["limits"]["memory"]) == ("registry/gemini:1", 768 << 20)


async def test_another_persons_environment_is_refused(stand_in: StandIn, make: Make) -> None:
    """Also where its id is known, and where no server has a name. Covers: TEN-2b, TEN-3."""
    made = stand_in.environment()
    for person, name in (("bob", made), (OWNER, "")):
        with pytest.raises(SpawnException) as refused:
            await make(name, {"environment": name}, person).load_user_options()
        assert refused.value.status_code == 403


async def test_names_with_braces_are_names(stand_in: StandIn, make: Make) -> None:
    """KubeSpawner's templates leave them as they are. Covers: CAT-2."""
    made = stand_in.environment(owner="a{b}")
    stand_in.folder = "persons/a{b}/w"
    pod = await pod_of(make(made, person="a{b}"))
    mounts = {one["mountPath"]: one for one in pod["spec"]["containers"][0]["volumeMounts"]}
    assert mounts["/run/gemini/person"]["subPath"] == "persons/a{b}/w"


async def test_an_ended_pod_stays_for_the_control_plane_to_read(make: Make) -> None:
    """Covers: ENV-3."""
    spawner = make("env-abcdefghij")
    assert (spawner.delete_grace_period, spawner.delete_stopped_pods, spawner.delete_pvc) == (20, False, False)


async def test_a_cluster_that_cannot_be_asked_ended_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that starts meanwhile keeps what it knew, and looks again when it can. Covers: ENV-3."""
    away = [True]

    class Watch:
        def __init__(self, **_: Any) -> None:
            self.pods: dict[str, Any] = {}
            self.first_load_future = asyncio.get_running_loop().create_future()

        async def start(self) -> None:
            if not away:
                self.first_load_future.set_result(None)
                return
            away.clear()
            error = OSError("nobody answers")
            self.first_load_future.set_exception(error)
            raise error

        async def stop(self) -> None:
            pass

    monkeypatch.setitem(WATCHES, "pods", Watch)
    monkeypatch.setattr(KubeSpawner, "reflectors", {})
    spawner = make("env-abcdefghij")
    assert await spawner.poll() is None
    assert await spawner.poll() == 1
