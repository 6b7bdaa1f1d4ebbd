"""A start on one machine, with sandboxes that only say that they run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gemini_sandbox import Observation, SandboxSpec
from gemini_spawner.local import GeminiLocalSpawner
from gemini_spawner.plan import LaunchPlan, read_plan

from spawner.test_plan import WIRE


class Sandboxes:
    """Nothing is there; what is started runs."""

    def observe(self, id: str) -> Observation:
        """As those of a machine."""
        return Observation(id, "absent")

    def start(self, spec: SandboxSpec) -> Observation:
        """As those of a machine."""
        return Observation(spec.id, "running", started_at=1.0)


class Spawner(GeminiLocalSpawner):
    """With such sandboxes, a plan, and a server that answers at once."""

    sandboxes = Sandboxes()  # type: ignore[assignment]
    launched = None
    name = "env-abcdefghij"

    async def fetch_plan(self) -> LaunchPlan:
        """As the control plane's."""
        return read_plan(WIRE)

    async def wait_for_answer(self, url: str) -> None:
        """It does."""

    def _write_orders(self, *_: Any) -> None:
        """Nobody reads them."""

    def _give_folders(self, *_: Any) -> None:
        """There are none."""

    async def _send(self, observation: Mapping[str, Any]) -> None:
        """Nobody listens."""


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["mine: checked, 2 CPU", "2 folders mounted", "The sandbox runs; JupyterLab is starting"]),
        ("zh-CN,zh;q=0.9", ["mine：检查通过，2 核", "已挂载 2 个目录", "沙箱已运行，正在启动 JupyterLab"]),
    ],
)
async def test_the_steps_of_a_start_are_told_in_the_persons_language(
    tmp_path: Path, language: str, said: list[str]
) -> None:
    """Covers: ENV-4."""
    spawner = Spawner(gemini_home=str(tmp_path))
    spawner.handler = SimpleNamespace(request=SimpleNamespace(headers={"Accept-Language": language}))
    await spawner.start()
    assert [step["message"] async for step in spawner.progress()] == said
