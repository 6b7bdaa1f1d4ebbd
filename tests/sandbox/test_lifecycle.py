"""A sandbox from its start to its last trace. Run as root here and as a person by `test_person.py`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from gemini_sandbox import Mount, Observation, SandboxError, Sandboxes, cgroup
from gemini_sandbox.process import ProcessIdentity
from gemini_sandbox.record import Record

from .conftest import GO, MakeSpec, RunInside, ended, free_port, go, processes_naming, until
from .test_walls import answers

pytestmark = pytest.mark.sandbox


def json_file(sandboxes: Sandboxes, sandbox_id: str, name: str) -> dict[str, object]:
    """What the witness wrote."""
    value = json.loads((sandboxes.home / "sandboxes" / sandbox_id / f"{name}.json").read_text())
    assert isinstance(value, dict)
    return value


def pid_in(sandboxes: Sandboxes, name: str) -> int:
    """The process that a file of env-1 names."""
    pid = json_file(sandboxes, "env-1", name)["pid"]
    assert isinstance(pid, int)
    return pid


def test_exit_code_and_times_are_true(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """The end is what process 1 ended with, and lies between start and now. Covers: TRAIN-9"""
    before = time.time()
    spec = make_spec(sandboxes, "/bin/sh", "-c", f"{GO}; exit 42")
    started = sandboxes.start(spec)
    assert (started.state, started.exit_code) == ("running", None)
    go(spec)
    end = ended(sandboxes, "env-1")
    assert (end.state, end.exit_code, end.signal, end.oom, end.lost) == ("ended", 42, None, False, False)
    assert end.started_at is not None and end.ended_at is not None
    assert before < end.started_at < end.ended_at < time.time()
    assert sandboxes.observe("env-1") == end


def test_what_process_one_left_running_has_ended_too(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """The end is written when nothing of the sandbox runs any more. Covers: BILL-2"""
    mark = f"sleep 98{os.getpid()}"
    spec = make_spec(sandboxes, "/bin/sh", "-c", f"(setsid {mark} &) ; {GO}")
    sandboxes.start(spec)
    until(lambda: [line for line in processes_naming(mark) if line.startswith("sleep")])
    go(spec)
    ended(sandboxes, "env-1")
    assert processes_naming(mark) == []


def test_killed_from_outside_is_signal_nine(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """Process 1 killed on the host: the signal is known, nothing is invented. Covers: TRAIN-9"""
    seen = sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    assert seen.pid is not None
    os.kill(seen.pid, signal.SIGKILL)
    end = ended(sandboxes, "env-1")
    assert (end.exit_code, end.signal, end.oom, end.lost) == (None, 9, False, False)


def test_out_of_memory_is_named(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """The kernel's kill for memory is told from any other. Covers: TRAIN-9"""
    if not sandboxes.abilities().memory_limit:
        pytest.skip("no memory limit here")
    eat = "import os; x = bytearray(400 << 20)"
    sandboxes.start(make_spec(sandboxes, "python3", "-c", eat, memory_bytes=128 << 20))
    end = ended(sandboxes, "env-1")
    assert (end.oom, end.lost, end.signal) == (True, False, 9)


def test_start_is_safe_to_repeat(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """Four callers at once make one sandbox; a repetition after the end starts nothing. Covers: TRAIN-9"""
    spec = make_spec(sandboxes, "/bin/sh", "-c", f"echo once >> /gemini/code/starts; {GO}")
    seen: list[Observation] = []
    threads = [
        threading.Thread(target=lambda: seen.append(Sandboxes(sandboxes.home, sandboxes.ground()).start(spec)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({observation.pid for observation in seen}) == 1
    go(spec)
    end = ended(sandboxes, "env-1")
    assert sandboxes.start(spec) == end
    assert (spec.mounts[0].source / "starts").read_text() == "once\n"


def test_a_start_that_fails_says_why_and_leaves_nothing(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """The text of the runtime comes through; no folder, process or cgroup stays. Covers: ENV-1"""
    with pytest.raises(SandboxError, match="no-such-program"):
        sandboxes.start(make_spec(sandboxes, "no-such-program"))
    assert traces(sandboxes) == []
    assert sandboxes.observe("env-1").state == "absent"


def test_a_start_that_takes_too_long_leaves_nothing(
    sandboxes: Sandboxes, make_spec: MakeSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up and said so; what was under way ends too, and the next start works. Covers: ENV-1"""
    with monkeypatch.context() as impatient:
        impatient.setattr("gemini_sandbox.sandboxes._START_SECONDS", 0.05)
        with pytest.raises(SandboxError, match="did not answer within"):
            sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    until(lambda: not traces(sandboxes))
    assert sandboxes.start(make_spec(sandboxes, "sleep", "1000")).state == "running"


def test_a_taken_port_is_a_clear_error(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """pasta's word comes through. Covers: ENV-1"""
    port = free_port()
    sandboxes.start(make_spec(sandboxes, "sleep", "100", id="env-2", host_port=port, inner_port=8888))
    with pytest.raises(SandboxError, match="pasta"):
        sandboxes.start(make_spec(sandboxes, "sleep", "100", host_port=port, inner_port=8888))
    assert "env-1" not in sandboxes.ids()


def traces(sandboxes: Sandboxes) -> list[str]:
    """Everything that still exists of the sandboxes of a home."""
    home = str(sandboxes.home)
    found = [line for line in processes_naming(home) if "pytest" not in line]
    found += [line for line in Path("/proc/mounts").read_text().splitlines() if home in line]
    name = Record(sandboxes.home, "env-1").unique_name
    found += processes_naming(name)
    found += [str(path) for one in cgroup.hierarchies() if (path := Path(one.folder, name)).exists()]
    folder = sandboxes.home / "sandboxes"
    found += [path.name for path in folder.iterdir() if path.name not in (".etc", ".locks")] if folder.exists() else []
    return found


def test_nothing_stays(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """After remove no process, mount, cgroup or folder is left. Covers: ENV-2"""
    port = free_port()
    sandboxes.start(make_spec(sandboxes, "sleep", "1000", host_port=port, inner_port=8888, memory_bytes=2**28))
    pasta = Record(sandboxes.home, "env-1").identity("pasta")
    sandboxes.stop("env-1", 0.1)
    sandboxes.remove("env-1")
    until(lambda: not traces(sandboxes))
    assert pasta is not None and not pasta.alive()
    sandboxes.remove("env-1")


def test_stop_asks_first(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """SIGTERM reaches process 1, and its own exit code is kept. Covers: ENV-4"""
    program = "trap 'exit 5' TERM; echo > /gemini/code/ready; while true; do sleep 0.05; done"
    spec = make_spec(sandboxes, "/bin/sh", "-c", program)
    sandboxes.start(spec)
    until((spec.mounts[0].source / "ready").exists)
    end = sandboxes.stop("env-1", 10)
    assert (end.state, end.exit_code, end.signal) == ("ended", 5, None)


def test_stop_is_heard_by_one_that_only_begins(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """What comes before process 1 listens is lost to it, so it is asked again. Covers: ENV-4, TRAIN-9"""
    sandboxes.start(
        make_spec(sandboxes, "/bin/sh", "-c", "sleep 1; trap 'exit 5' TERM; while true; do sleep 0.05; done")
    )
    assert sandboxes.stop("env-1", 30).exit_code == 5


def test_stop_is_sure(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """Who ignores SIGTERM is killed after the grace. Covers: ENV-4"""
    sandboxes.start(make_spec(sandboxes, "/bin/sh", "-c", "trap '' TERM; while true; do sleep 1; done"))
    before = time.monotonic()
    end = sandboxes.stop("env-1", 0.3)
    assert (end.state, end.signal) == ("ended", 9)
    assert 0.3 <= time.monotonic() - before < 10


def test_temporary_storage_vanishes(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """What was written outside the mounts is gone after a restart; the code stays. Covers: ENV-2"""
    spec = make_spec(sandboxes, "sleep", "1000")
    for round_number in (1, 2):
        sandboxes.start(spec)
        listed = run_inside(
            sandboxes, "env-1", "sh", "-c", "ls /root /tmp /etc/mine /gemini/code; touch /gemini/code/c"
        )
        assert ("file" in listed.stdout) is False
        assert (listed.stdout.count("c\n") == 1) is (round_number == 2)
        written = run_inside(sandboxes, "env-1", "sh", "-c", "touch /root/file /tmp/file /etc/mine /var/lib/file")
        assert written.returncode == 0, written.stderr
        sandboxes.stop("env-1", 0.1)
        sandboxes.remove("env-1")


def test_killed_witness_means_lost(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """Without its witness a sandbox runs on and is seen to; its end is lost, and nothing stays. Covers: TRAIN-9"""
    seen = sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    os.kill(pid_in(sandboxes, "witness"), signal.SIGKILL)
    until(lambda: sandboxes.observe("env-1").state == "running")
    assert run_inside(sandboxes, "env-1", "true").returncode == 0
    assert seen.pid is not None
    os.kill(seen.pid, signal.SIGKILL)
    end = ended(sandboxes, "env-1")
    assert (end.lost, end.exit_code, end.signal) == (True, None, None)
    assert end.last_seen is not None and time.time() - end.last_seen < 30
    sandboxes.remove("env-1")
    until(lambda: not traces(sandboxes))


def test_witness_and_sandbox_killed_together(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """The next look finds it ended and lost, and frees the network. Covers: TRAIN-9"""
    seen = sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    assert seen.pid is not None
    for pid in (pid_in(sandboxes, "witness"), seen.pid):
        os.kill(pid, signal.SIGKILL)
    end = ended(sandboxes, "env-1")
    assert end.lost
    pasta = Record(sandboxes.home, "env-1").identity("pasta")
    assert pasta is not None and not pasta.alive()


def test_record_of_an_earlier_boot_is_lost(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """After the machine restarted a number may be another process's: the sandbox is lost, that one is left alone.

    Covers: TRAIN-9
    """
    sandboxes.start(make_spec(sandboxes, "/bin/true"))
    ended(sandboxes, "env-1")
    record = Record(sandboxes.home, "env-1")
    with subprocess.Popen(["sleep", "1000"]) as other:
        identity = ProcessIdentity.of(other.pid)
        assert identity is not None
        for name in ("witness", "process", "pasta"):
            record.write(name, {**identity.to_json(), "boot": "another"})
        (record.folder / "end.json").unlink()
        end = sandboxes.observe("env-1")
        assert (end.state, end.lost) == ("ended", True)
        sandboxes.remove("env-1")
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.08, 0.12, 0.2])
def test_witness_killed_while_it_starts(sandboxes: Sandboxes, make_spec: MakeSpec, delay: float) -> None:
    """Wherever a start is cut off, the next one works and nothing of the first stays. Covers: TRAIN-9"""
    spec = make_spec(sandboxes, "sleep", "1000")

    def kill() -> None:
        file = sandboxes.home / "sandboxes/env-1/witness.json"
        until(file.exists)
        time.sleep(delay)
        os.kill(pid_in(sandboxes, "witness"), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        sandboxes.start(spec)
    except SandboxError:
        assert sandboxes.observe("env-1").state == "absent"
    killer.join()
    seen = sandboxes.start(spec)
    assert seen.state == "running"
    sandboxes.stop("env-1", 0.1)
    sandboxes.remove("env-1")
    until(lambda: not traces(sandboxes))


def test_network_comes_back(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """A pasta that dies is started again. Covers: ENV-9"""
    port = free_port()
    serve = ("python3", "-m", "http.server", "8888", "--bind", "127.0.0.1")
    sandboxes.start(make_spec(sandboxes, *serve, host_port=port, inner_port=8888))
    until(lambda: answers(port))
    first = pid_in(sandboxes, "pasta")
    os.kill(first, signal.SIGKILL)
    until(lambda: pid_in(sandboxes, "pasta") != first)
    until(lambda: answers(port))


def test_signals_do_not_end_the_witness(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """A service manager's SIGTERM to everything ends no sandbox. Covers: TRAIN-9"""
    spec = make_spec(sandboxes, "/bin/sh", "-c", f"{GO}; exit 3")
    sandboxes.start(spec)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid_in(sandboxes, "witness"), number)
    go(spec)
    assert ended(sandboxes, "env-1").exit_code == 3


def test_remove_refuses_a_running_one(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """Nothing that runs is forgotten. Covers: ENV-4"""
    sandboxes.start(make_spec(sandboxes, "sleep", "1000"))
    with pytest.raises(SandboxError, match="runs"):
        sandboxes.remove("env-1")
    assert sandboxes.observe("env-1").state == "running"
    assert sandboxes.ids() == ("env-1",)


def test_a_link_in_the_way_of_a_mount_is_refused(sandboxes: Sandboxes, make_spec: MakeSpec, tmp_path: Path) -> None:
    """A folder that root inside swapped for a link to the host's is not mounted. Covers: TEN-3"""
    secret = tmp_path / "host"
    secret.mkdir()
    (tmp_path / "planted").symlink_to(secret)
    for planted in (tmp_path / "planted", tmp_path / "planted" / "below"):
        (secret / "below").mkdir(exist_ok=True)
        spec = make_spec(sandboxes, "sleep", "10")
        stolen = replace(spec, mounts=(*spec.mounts, Mount(planted, "/gemini/output/stolen", read_only=False)))
        with pytest.raises(SandboxError):
            sandboxes.start(stolen)
        sandboxes.remove("env-1")
