"""The launch plan and what is made of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from gemini_sandbox import Mount
from gemini_spawner.plan import LaunchPlan, read_plan
from gemini_spawner.sandbox import RUNNER_TARGET, SPEC_TARGET, make_sandbox_spec
from gemini_spawner.server import runner_spec, server_environment

WIRE: dict[str, Any] = {
    "environment": "env-abcdefghij",
    "owner": "alice",
    "displayName": "mine",
    "workspaceId": "ws-abcdefghij",
    "workspaceIndex": 3,
    "image": "local",
    "cpuCores": 2,
    "memoryBytes": 2**31,
    "gpus": [],
    "mounts": [
        {"source": "projects/prj-abcdefghij/code", "target": "/gemini/code", "readOnly": False},
        {"source": "versions/ver-abcdefghij", "target": "/gemini/data-1", "readOnly": True},
    ],
    "variables": {"GEMINI_CODE": "/gemini/code", "GEMINI_DATA_1": "/gemini/data-1"},
    "pod": None,
}


@pytest.mark.parametrize("source", ["/etc", "../../etc", "projects/../../x"])
def test_a_mount_stays_in_the_store(source: str) -> None:
    """A plan whose source would leave the store is no plan."""
    mount = {"source": source, "target": "/gemini/data-1", "readOnly": True}
    with pytest.raises(ValueError, match="outside of the store"):
        read_plan({**WIRE, "mounts": [mount]})


def test_a_plan_becomes_a_sandbox() -> None:
    """Mounts, the runner and its orders, one port in, two out, and nothing else. Covers: ENV-2, CAT-7."""
    spec = make_sandbox_spec(read_plan(WIRE), Path("/store"), Path("/launch/spec.json"), 4321, (8000, 8001))
    spec.check()
    runner, orders = spec.mounts[2:]
    assert spec.mounts[:2] == (
        Mount(Path("/store/projects/prj-abcdefghij/code"), "/gemini/code", False),
        Mount(Path("/store/versions/ver-abcdefghij"), "/gemini/data-1", True),
    )
    assert (runner.target, runner.read_only, (runner.source / "__main__.py").is_file()) == (
        f"{RUNNER_TARGET}/gemini_runner",
        True,
        True,
    )
    assert orders == Mount(Path("/launch/spec.json"), SPEC_TARGET, True)
    assert spec.argv == (sys.executable, "-I", "-S", f"{RUNNER_TARGET}/gemini_runner/__main__.py", SPEC_TARGET)
    assert (spec.host_port, spec.inner_port, spec.reach) == (4321, 8888, (8000, 8001))
    assert (spec.cpu_cores, spec.memory_bytes, spec.workspace_index, spec.devices) == (2.0, 2**31, 3, ())


def test_the_hubs_variables_win() -> None:
    """What a project's or plan's variable says never replaces the hub's own."""
    plan = read_plan({**WIRE, "variables": {"JUPYTERHUB_API_TOKEN": "forged", "MINE": "1"}})
    found = server_environment(plan, _here, {"JUPYTERHUB_API_TOKEN": "true"}, "http://127.0.0.1:8000/api/v1")
    assert (found["JUPYTERHUB_API_TOKEN"], found["MINE"]) == ("true", "1")


def test_plain_folders_stand_in() -> None:
    """Without a sandbox the server is told the folders themselves. Covers: ENV-2."""
    plan = read_plan(WIRE)
    order = runner_spec(plan, _elsewhere, server_environment(plan, _elsewhere, {}, "http://api"))
    server = order["server"]
    assert isinstance(server, dict)
    assert server["cwd"] == "/plain/gemini/code"
    assert "--ServerApp.root_dir=/plain/gemini/code" in server["argv"]
    assert server["env"]["GEMINI_DATA_1"] == "/plain/gemini/data-1"
    assert order["run"] == "/plain/run/gemini"


def test_equal_plans_have_equal_texts() -> None:
    """Adoption compares texts: the order of the variables does not matter."""
    plan = read_plan(WIRE)
    other = LaunchPlan(**{**vars(plan), "variables": dict(reversed(plan.variables.items()))})
    assert plan.to_text() == other.to_text()


def _here(path: str) -> str:
    return path


def _elsewhere(path: str) -> str:
    return f"/plain{path}" if path.startswith(("/gemini/", "/run/")) else path
