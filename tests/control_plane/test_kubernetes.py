"""What the backend of a cluster answers without asking one; what needs a real one is in tests/cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from gemini_control.backends.base import Inside, Usage
from gemini_control.backends.kubernetes.api import OURS, Absent, Cluster, ClusterError, Object, Refused
from gemini_control.backends.kubernetes.backend import KubernetesBackend
from gemini_control.managers.live import LiveUsage
from gemini_control.work import make_backend
from gemini_core.cluster_plan import BadPlan, ClusterPlan, ClusterZone, Image

ENVIRONMENT = "env-aaaaaaaaaa"
PLAN = ClusterPlan("work", "gemini-store", "work", (Image("a", "A", "", "a:1"),), (ClusterZone("z", "Z", ""),))


class Measured(Cluster):
    """A cluster that measures pods; `refusal` is what it says instead."""

    def __init__(self, refusal: ClusterError | None = None) -> None:
        super().__init__("work")
        self.refusal = refusal
        self.asked: list[str] = []

    async def read(self, path: str, query: Mapping[str, str] | None = None) -> Object:
        self.asked.append(path)
        if self.refusal is not None:
            raise self.refusal
        return {"containers": [{"usage": {"cpu": "1250000000n", "memory": "512Mi"}}, {"usage": {"cpu": "250m"}}]}


def backend_of(home: Path, cluster: Cluster) -> KubernetesBackend:
    """A backend that saw one environment's pod."""
    backend = KubernetesBackend(home, PLAN, cluster)
    labels = {**OURS, "gemini.io/environment": ENVIRONMENT}
    backend.sightings.pods.learn(
        {
            "metadata": {"name": "jupyter-a", "uid": "u", "labels": labels, "resourceVersion": "3"},
            "spec": {},
            "status": {},
        }
    )
    return backend


async def test_what_a_pod_uses_is_what_the_cluster_measures(tmp_path: Path) -> None:
    """Covers: ENV-3."""
    cluster = Measured()
    used = await backend_of(tmp_path, cluster).usage(ENVIRONMENT)
    assert used == Usage(0.0, 512 * 2**20, 0, 1.5)
    assert cluster.asked == ["/apis/metrics.k8s.io/v1beta1/namespaces/work/pods/jupyter-a"]
    live = LiveUsage()
    shown = live.take(ENVIRONMENT, used, 1.0)
    assert shown is not None and (shown.cpu, shown.memory) == (1.5, 0.5)
    assert live.of(ENVIRONMENT) == shown
    live.keep_only(set())
    assert live.of(ENVIRONMENT) is None


@pytest.mark.parametrize(("refusal", "asked"), [(Absent("no", 404), 2), (Refused("no", 403), 1)])
async def test_where_nothing_is_measured_nothing_is_said(tmp_path: Path, refusal: ClusterError, asked: int) -> None:
    """Covers: ENV-3."""
    cluster = Measured(refusal)
    backend = backend_of(tmp_path, cluster)
    assert [await backend.usage(ENVIRONMENT), await backend.usage(ENVIRONMENT)] == [None, None]
    assert len(cluster.asked) == asked
    assert await backend.usage("env-bbbbbbbbbb") is None and len(cluster.asked) == asked


async def test_folders_are_made_in_the_store_and_tasks_inside_find_the_contracts_paths(tmp_path: Path) -> None:
    """Covers: TRAIN-1, ENV-2."""
    backend = KubernetesBackend(tmp_path, PLAN)
    await backend.prepare(1, ("tasks/a", "projects/p/output"))
    assert (tmp_path / "store/tasks/a").is_dir() and (tmp_path / "store/projects/p/output").is_dir()
    inside = Inside(
        ENVIRONMENT, "task-a", (), "environments/e/tasks/task-a", "x", "projects/p/output/n-task-a", {1: "v"}
    )
    places = backend.places_in(inside)
    assert (places.folder, places.code, places.data) == (
        "/run/gemini/tasks/task-a",
        "/run/gemini/snapshots/task-a",
        {1: "/gemini/data-1"},
    )
    assert backend.shelter().mode == "pod" and backend.cards() == {}


def test_a_file_makes_the_cluster_the_place_of_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: TRAIN-12, RES-1."""
    plan = tmp_path / "plan.json"
    plan.write_text('{"namespace": "work", "images": [{"id": "a", "reference": "a:1"}], "zones": [{"id": "z"}]}')
    monkeypatch.setenv("GEMINI_CLUSTER", str(plan))
    made = make_backend(tmp_path)
    assert isinstance(made, KubernetesBackend) and made.plan.namespace == "work"
    plan.write_text("{}")
    with pytest.raises(BadPlan, match="namespace"):
        make_backend(tmp_path)
