"""What our code adds to a KubeSpawner spawn of the same pod: `python -m bench_cluster.spawner` in `tests`.

Both ask the API server of KUBECONFIG for the same pod, in turns; taken is the time from `start()` to the request that
makes it, which is stopped there: whatever follows is the node's time, and the same for both. Ours includes asking for
the launch plan over HTTP. Answers milliseconds as JSON; the exit code is 1 beyond the bound.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import json
import sys
import time
from types import SimpleNamespace
from typing import Any

from gemini_core import cluster_plan
from gemini_core.manifests import MANAGED
from gemini_spawner.kube import GeminiSpawner
from gemini_spawner.plan import read_plan
from gemini_spawner.pod import added_settings, pod_environment, pod_settings
from jupyterhub.spawner import SpawnException
from kubespawner import KubeSpawner
from spawner_rig import API, OWNER, StandIn
from traitlets.config import Config

ROUNDS = 100
WARM = 5
BOUND_MILLISECONDS = 300
NAMESPACE = "default"


class Made(Exception):
    """The pod would be made now."""


class Stopped:
    """Mix in before a spawner: it stops where the pod is asked for, and says what it would have been."""

    made_at = 0.0
    asked: Any = None

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> bool:
        self.made_at, self.asked = time.perf_counter(), pod
        raise Made


class Ours(Stopped, GeminiSpawner):  # type: ignore[misc]
    """With a launch plan."""


class Plain(Stopped, KubeSpawner):  # type: ignore[misc]
    """With the same settings as configuration."""


def make(kind: type, name: str, /, **settings: Any) -> Any:
    """A spawner of alice's as a hub has it."""
    user = SimpleNamespace(name=OWNER, id=1, url=f"/user/{OWNER}/", escaped_name=OWNER)
    orm = SimpleNamespace(name=name, state=None, server=None)
    spawner = kind(_mock=True, user=user, orm_spawner=orm, config=Config({kind.__name__: settings}))
    spawner.user_options, spawner.api_token = {"environment": name}, "token"
    return spawner


async def seconds(spawner: Any) -> float:
    """From `start()` to the request for the pod."""
    began = time.perf_counter()
    with contextlib.suppress(Made, SpawnException):
        await spawner.start()
    return float(spawner.made_at - began)


async def measure(rounds: int = ROUNDS, namespace: str = NAMESPACE) -> dict[str, Any]:
    """Milliseconds of both, and what ours adds; ValueError where the two pods differ."""
    image = {"id": "std", "reference": "registry/gemini:1"}
    told = {"namespace": namespace, "images": [image], "zones": [{"id": "a", "nodeLabels": {"zone": "a"}}]}
    stand_in = StandIn(cluster_plan.parse(json.dumps(told)))
    try:
        environment = stand_in.environment()
        plan = read_plan(stand_in.launch_plan(stand_in.rows[environment]).wire())
        assert plan.pod is not None
        ours: dict[str, Any] = {
            "control_url": stand_in.url + API,
            "control_token": stand_in.token,
            "namespace": namespace,
        }
        ours["common_labels"] = dict(MANAGED)
        plain = {**pod_settings(plan, plan.pod), **added_settings(plan, plan.pod), "namespace": namespace}
        variables = pod_environment(plan, {}, "http://proxy-public/services/gemini/api/v1")
        plain["environment"] = {name: value.replace("{", "{{").replace("}", "}}") for name, value in variables.items()}
        plain["delete_grace_period"] = 20
        taken: dict[str, list[float]] = {"ours": [], "plain": []}
        for number in range(WARM + rounds):
            both = {"ours": make(Ours, environment, **ours), "plain": make(Plain, environment, **plain)}
            for name, spawner in both.items():
                taken[name] += [await seconds(spawner)] if number >= WARM else (await seconds(spawner),)[:0]
            _same(both["ours"].asked, both["plain"].asked)
        return _figures(taken)
    finally:
        stand_in.stop()
        await KubeSpawner._stop_all_reflectors()


def _same(ours: Any, plain: Any) -> None:
    lines = [json.dumps(pod.to_dict(), indent=1, default=str).splitlines() for pod in (ours, plain)]
    if lines[0] != lines[1]:
        different = "\n".join(difflib.unified_diff(*lines, "ours", "plain", lineterm=""))
        raise ValueError(f"the two do not make the same pod:\n{different}")


def _figures(taken: dict[str, list[float]]) -> dict[str, Any]:
    def at(values: list[float], share: float) -> float:
        return round(sorted(values)[min(int(share * len(values)), len(values) - 1)] * 1000, 1)

    added = [ours - plain for ours, plain in zip(taken["ours"], taken["plain"], strict=True)]
    named = {**taken, "added": added}
    return {
        "rounds": len(added),
        "bound_p95_ms": BOUND_MILLISECONDS,
        **{
            f"{name}_{word}_ms": at(named[name], share)
            for name in named
            for word, share in (("p50", 0.5), ("p95", 0.95))
        },
    }


if __name__ == "__main__":
    found = asyncio.run(measure())
    print(json.dumps(found, indent=1))
    sys.exit(found["added_p95_ms"] > BOUND_MILLISECONDS)
