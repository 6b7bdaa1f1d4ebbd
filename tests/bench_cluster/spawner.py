"""Two spawners that ask for the same pod, timed in turn: ours with a launch plan, KubeSpawner with configuration.

Taken is the time from `start()` to the request that makes the pod, which is stopped there: whatever follows is the
node's time, and the same for both. Ours includes asking for the launch plan over HTTP.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from bench.spreads import Pairs, percentile
from gemini_core.manifests import MANAGED
from gemini_spawner.kube import GeminiSpawner
from gemini_spawner.plan import LaunchPlan
from gemini_spawner.pod import added_settings, pod_environment, pod_settings
from jupyterhub.spawner import SpawnException
from kubespawner import KubeSpawner
from traitlets.config import Config

WARM = 5
BOUND_MILLISECONDS = 300
FROM_PODS = "http://proxy-public/services/gemini/api/v1"


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


@dataclass(frozen=True)
class Start:
    """What is started, and where the launch plan is: `plan` is what is answered at `url` to `token`."""

    plan: LaunchPlan
    url: str
    token: str
    namespace: str


async def compare(start: Start, rounds: int) -> Pairs:
    """Milliseconds of both, in turn; ValueError where the two pods differ."""
    ours = {"control_url": start.url, "control_token": start.token, "common_labels": dict(MANAGED)}
    plain, pairs = settings_of(start.plan), Pairs([], [])
    try:
        for number in range(WARM + rounds):
            one, other = _make(Ours, start, ours), _make(Plain, start, plain)
            for spawner, into in ((one, pairs.ours), (other, pairs.theirs))[:: 1 if number % 2 else -1]:
                into.append(await _milliseconds(spawner))
            _same(one.asked, other.asked)
    finally:
        await KubeSpawner._stop_all_reflectors()
    return Pairs(pairs.ours[WARM:], pairs.theirs[WARM:])


def added(pairs: Pairs) -> list[float]:
    """What ours took more, pair by pair."""
    return [one - other for one, other in zip(pairs.ours, pairs.theirs, strict=True)]


def added_p95(pairs: Pairs) -> float:
    """What ours took more in all but the slowest twentieth."""
    return percentile(added(pairs), 0.95)


def settings_of(plan: LaunchPlan) -> dict[str, Any]:
    """What KubeSpawner has to be configured with for the same pod."""
    assert plan.pod is not None
    variables = pod_environment(plan, {}, FROM_PODS)
    return {
        **pod_settings(plan, plan.pod),
        **added_settings(plan, plan.pod),
        # KubeSpawner expands templates in what is configured.
        "environment": {name: value.replace("{", "{{").replace("}", "}}") for name, value in variables.items()},
        "delete_grace_period": 20,
    }


def _make(kind: type, start: Start, settings: dict[str, Any]) -> Any:
    """A spawner as a hub has it."""
    owner, name = start.plan.owner, start.plan.environment
    user = SimpleNamespace(name=owner, id=1, url=f"/user/{owner}/", escaped_name=owner)
    orm = SimpleNamespace(name=name, state=None, server=None)
    config = Config({kind.__name__: {**settings, "namespace": start.namespace}})
    spawner = kind(_mock=True, user=user, orm_spawner=orm, config=config)
    spawner.user_options, spawner.api_token = {"environment": name}, "token"
    return spawner


async def _milliseconds(spawner: Any) -> float:
    """From `start()` to the request for the pod."""
    began = time.perf_counter()
    with contextlib.suppress(Made, SpawnException):
        await spawner.start()
    return float(1000 * (spawner.made_at - began))


def _same(ours: Any, plain: Any) -> None:
    lines = [json.dumps(pod.to_dict(), indent=1, default=str).splitlines() for pod in (ours, plain)]
    if lines[0] != lines[1]:
        different = "\n".join(difflib.unified_diff(*lines, "ours", "plain", lineterm=""))
        raise ValueError(f"the two do not make the same pod:\n{different}")
