"""The walls, tried as root inside. Run as root here and as a person by `test_person.py`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gemini_sandbox import Mount, Sandboxes
from gemini_sandbox.python_env import prefixes

from .conftest import MakeSpec, RunInside, free_port, until

pytestmark = pytest.mark.sandbox

ATTEMPTS = Path(__file__).with_name("attempts")


@dataclass(frozen=True)
class Listening:
    """What the host offers on its loopback while the attempts run."""

    closed_port: int
    open_port: int
    abstract: str


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    """Two listening ports, a socket file of the platform and an abstract one."""
    name = f"gemini-test-{os.getpid()}"
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(2):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            ports.append(server.getsockname()[1])
        for address in (f"\0{name}", str(tmp_path / "platform.sock")):
            unix = stack.enter_context(socket.socket(socket.AF_UNIX))
            unix.bind(address)
            unix.listen()
        yield Listening(ports[0], ports[1], name)


def host_facts(sandboxes: Sandboxes, tmp_path: Path, listening: Listening, neighbour_port: int) -> dict[str, Any]:
    """What the attempts need to know to aim well."""
    secret = sandboxes.home / "control.sqlite"
    secret.write_text("the database")
    neighbour = sandboxes.observe("env-neighbour").pid
    assert neighbour is not None
    witness = json.loads((sandboxes.home / "sandboxes/env-neighbour/witness.json").read_text())["pid"]
    disk = os.stat(tmp_path).st_dev
    return {
        "home": str(sandboxes.home),
        "secret": str(secret),
        "socket": str(tmp_path / "platform.sock"),
        "abstract": listening.abstract,
        "closed_port": listening.closed_port,
        "disk": [os.major(disk), os.minor(disk)],
        "python": prefixes(),
        "witness": witness,
        "neighbour": neighbour,
        "neighbour_mark": "neighbours-program",
        "neighbour_port": neighbour_port,
        "neighbour_file": "/tmp/neighbours-file",
    }


def test_every_way_out_is_denied(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, listening: Listening, tmp_path: Path
) -> None:
    """Root inside changes no data, leaves no namespace, and reaches neither host nor neighbour.

    Covers: ENV-2, CAT-7, TEN-2b
    """
    port, seen_port = free_port(), 8765
    program = "touch /tmp/neighbours-file; exec python3 -m http.server 8765 --bind 127.0.0.1 # neighbours-program"
    neighbour = make_spec(
        sandboxes, "/bin/bash", "-c", program, id="env-neighbour", workspace=4, host_port=port, inner_port=seen_port
    )
    sandboxes.start(neighbour)
    until(lambda: answers(port))
    facts = host_facts(sandboxes, tmp_path, listening, seen_port)
    script = Mount(ATTEMPTS, "/run/gemini/attempts")
    spec = make_spec(sandboxes, "sleep", "1000", mounts=(script,), reach=(listening.open_port,))
    sandboxes.start(spec)
    command = ("env", "PYTHONPATH=/run/gemini", "python3", "-B", "-m", "attempts")
    done = run_inside(sandboxes, "env-1", *command, json.dumps(facts))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["controls"] == {"read the data": "data", "write the code": True}
    through = {name: outcome for name, outcome in report["attempts"].items() if "through" in outcome}
    assert through == {}
    assert len(report["attempts"]) >= 100
    assert (tmp_path / "data/a.txt").read_text() == "data"
    assert os.listdir(tmp_path / "data") == ["a.txt"]


def answers(port: int) -> bool:
    """Whether something behind the port sends an answer (pasta itself accepts before it is there)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as sock:
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(sock.recv(1))
    except OSError:
        return False


def test_only_named_ports_of_the_host_are_reachable(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, listening: Listening
) -> None:
    """A port in `reach` answers inside, and no other one does. Covers: ENV-2"""
    sandboxes.start(make_spec(sandboxes, "sleep", "1000", reach=(listening.open_port,)))
    connect = "import socket,sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 3)"
    reached = run_inside(sandboxes, "env-1", "python3", "-c", connect, str(listening.open_port))
    assert reached.returncode == 0, reached.stderr
    refused = run_inside(sandboxes, "env-1", "python3", "-c", connect, str(listening.closed_port))
    assert "refused" in refused.stderr.lower()


def test_another_workspace_cannot_write_the_code(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """Each workspace has ids of its own: even a folder shown by mistake stays closed to another one. Covers: TEN-2b"""
    if sandboxes.abilities().mode != "root":
        pytest.skip("a person has one range of ids")
    first = make_spec(sandboxes, "sleep", "1000", workspace=3)
    shown = Mount(tmp_path / "code-3", "/gemini/output", read_only=False)
    sandboxes.start(first)
    sandboxes.start(make_spec(sandboxes, "sleep", "1000", id="env-2", workspace=4, mounts=(shown,)))
    assert run_inside(sandboxes, "env-1", "touch", "/gemini/code/mine").returncode == 0
    denied = run_inside(sandboxes, "env-2", "touch", "/gemini/output/mine")
    assert "Permission denied" in denied.stderr


def test_capabilities_are_the_eleven(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """Also of a command that enters later: eleven capabilities, no new privileges, a filter. Covers: ENV-2"""
    # A platform started with `&` by a script ignores these; nothing inside may.
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    status = run_inside(sandboxes, "env-1", "cat", "/proc/self/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert bin(int(fields["CapBnd"], 16)).count("1") == 11
    assert fields["CapEff"] == fields["CapBnd"] == fields["CapPrm"]
    assert (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2")
    first = run_inside(sandboxes, "env-1", "grep", "SigIgn", "/proc/1/status").stdout
    # 32 and 33 are the C library's own: no program can be sent or set them, and make leaves them ignored.
    assert int(first.split()[1], 16) & ~(0b11 << 31) == 0


def test_python_of_the_platform_is_inside(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """The interpreter, its packages and the source of an editable install are there. Covers: ENV-1"""
    sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    done = run_inside(sandboxes, "env-1", sys.executable, "-c", "import pytest, sys; print(sys.prefix)")
    assert done.stdout.strip() == sys.prefix, done.stderr
