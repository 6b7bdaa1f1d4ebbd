"""From a launch plan to the specification of a sandbox."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from gemini_sandbox import Mount, SandboxSpec

from gemini_spawner.plan import LaunchPlan
from gemini_spawner.server import CODE

INNER_PORT = 8888
RUNNER_TARGET = "/run/gemini/runner"
SPEC_TARGET = "/run/gemini/spec.json"


def make_sandbox_spec(plan: LaunchPlan, store: Path, spec: Path, port: int, reach: tuple[int, ...]) -> SandboxSpec:
    """The sandbox of an environment: the plan's mounts, the runner and its orders, one port in, few ports out."""
    return SandboxSpec(
        id=plan.environment,
        workspace_index=plan.workspace_index,
        mounts=(
            *(Mount(store / one.source, one.target, one.read_only) for one in plan.mounts),
            Mount(package_folder("gemini_runner"), f"{RUNNER_TARGET}/gemini_runner", True),
            Mount(spec, SPEC_TARGET, True),
        ),
        argv=(sys.executable, "-I", "-S", f"{RUNNER_TARGET}/gemini_runner/__main__.py", SPEC_TARGET),
        env=plan.variables,
        cwd=CODE,
        cpu_cores=plan.cpu_cores,
        memory_bytes=plan.memory_bytes,
        host_port=port,
        inner_port=INNER_PORT,
        reach=reach,
        devices=devices(plan.gpus),
        hostname=plan.environment,
    )


def package_folder(name: str) -> Path:
    """Where a package of ours is installed, found without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name)
    return Path(found.origin).resolve().parent


def devices(gpus: tuple[str, ...]) -> tuple[str, ...]:
    """The device files of the cards with these numbers; none without cards."""
    if not gpus:
        return ()
    wanted = [f"/dev/nvidia{number}" for number in gpus]
    wanted += ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"]
    return tuple(path for path in wanted if Path(path).exists())
