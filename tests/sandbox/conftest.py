"""Real sandboxes for the tests, in the mode that this process can have.

They are started by root when root runs the tests; `test_person.py` runs the same files once more as a person, and
`test_plain.py` forces the way without a sandbox.

Fixtures: `sandboxes` (a home of its own, all of it removed afterwards), `make_spec` (a spec with a code folder and
a dataset), `run_inside`.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gemini_sandbox import Mount, Observation, Sandboxes, SandboxSpec
from gemini_sandbox.abilities import Ground

MakeSpec = Callable[..., SandboxSpec]
RunInside = Callable[..., subprocess.CompletedProcess[str]]
GO = "until [ -e go ]; do sleep 0.05; done"
"""A command in the code folder lasts until `go`, however long a look at it takes."""


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """What this machine allows this user, tried once."""
    found = Sandboxes(tmp_path_factory.mktemp("abilities")).ground()
    # `test_person.py` says what it wants, so that its run cannot pass by skipping everything.
    assert found.abilities.mode == os.environ.get("GEMINI_TEST_MODE", found.abilities.mode), found
    return found


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy of `/etc` for all homes of the tests: a thousand files less for each."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def sandboxes(tmp_path: Path, ground: Ground, templates: Path) -> Iterator[Sandboxes]:
    """Sandboxes with walls; skips where this machine has none."""
    if ground.abilities.mode == "plain":
        pytest.skip(" ".join(ground.abilities.lacks))
    made = Sandboxes(tmp_path / "home", ground)
    (made.home / "sandboxes").mkdir(parents=True)
    (made.home / "sandboxes/.etc").symlink_to(templates)
    yield made
    end_all(made)


def end_all(sandboxes: Sandboxes) -> None:
    """Stop and forget every sandbox of a home."""
    for sandbox_id in sandboxes.ids():
        sandboxes.stop(sandbox_id, 0.1)
        sandboxes.remove(sandbox_id)


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """Makes a spec: `/gemini/code` writable, `/gemini/data-1` with `a.txt`; keywords replace fields."""

    def make(sandboxes: Sandboxes, *argv: str, id: str = "env-1", workspace: int = 3, **fields: object) -> SandboxSpec:
        code, data = tmp_path / f"code-{workspace}", tmp_path / "data"
        if not code.exists():
            code.mkdir()
            sandboxes.give(code, workspace)
        if not data.exists():
            data.mkdir()
            (data / "a.txt").write_text("data")
            (data / "a.txt").chmod(0o444)
        mounts = (Mount(code, "/gemini/code", read_only=False), Mount(data, "/gemini/data-1"))
        mounts += fields.pop("mounts", ())  # type: ignore[operator]
        known = {"env": {}, "cwd": "/gemini/code", **fields}
        return SandboxSpec(id, workspace, mounts, argv, **known)  # type: ignore[arg-type]

    return make


@pytest.fixture
def run_inside() -> RunInside:
    """Runs a command in a running sandbox."""

    def run(sandboxes: Sandboxes, sandbox_id: str, *argv: str) -> subprocess.CompletedProcess[str]:
        command = sandboxes.exec_argv(sandbox_id, argv, tty=False)
        return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)

    return run


def go(spec: SandboxSpec) -> None:
    """Let what waits for it end."""
    (spec.mounts[0].source / "go").touch()


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that another process brings about; fails the test when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def ended(sandboxes: Sandboxes, sandbox_id: str, seconds: float = 60.0) -> Observation:
    """The observation of the end."""
    until(lambda: sandboxes.observe(sandbox_id).state != "running", seconds)
    return sandboxes.observe(sandbox_id)


def free_port() -> int:
    """A port of the loopback that was free a moment ago, and that no connection out takes by itself."""
    while True:
        port = random.randrange(20000, 30000)
        with contextlib.suppress(OSError), socket.socket() as sock:
            sock.bind(("127.0.0.1", port))
            return port


def processes_naming(text: str) -> list[str]:
    """The command lines of all live processes that name a text."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and int(name) != os.getpid():
            found.append(line)
    return found
