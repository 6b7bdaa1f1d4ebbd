"""The way without a sandbox: plain folders, the same API, and an honest word about what is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gemini_sandbox import Mount, SandboxError, Sandboxes, SandboxSpec

from .conftest import GO, MakeSpec, RunInside, end_all, ended, go, processes_naming, until
from .test_lifecycle import pid_in

pytestmark = pytest.mark.sandbox


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandboxes]:
    """Sandboxes of a machine that allows none."""
    monkeypatch.setenv("GEMINI_SANDBOX", "plain")
    made = Sandboxes(tmp_path / "home")
    yield made
    end_all(made)


def test_abilities_say_what_is_lost(plain: Sandboxes) -> None:
    """The loss and its remedy are sentences. Covers: ENV-2"""
    abilities = plain.abilities()
    assert (abilities.mode, abilities.apt, abilities.memory_limit, abilities.network) == ("plain", False, False, False)
    lost, remedy = abilities.lacks
    assert "not protected" in lost and "GEMINI_SANDBOX=plain" in remedy


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy is the line to type. Covers: ENV-2"""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("gemini_sandbox.programs._ADMINISTRATORS", ())
    lacks = Sandboxes(tmp_path / "home").abilities().lacks
    assert "sudo apt-get install -y passt runc" in lacks[1]


def test_variables_name_plain_folders(
    plain: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """Programs find code, data and run folder by the variables; paths of the contract in argv are translated.

    Covers: ENV-2
    """
    order = tmp_path / "order.json"
    order.write_text("{}")
    tasks = tmp_path / "tasks"
    tasks.mkdir()
    mounts = (Mount(order, "/run/gemini/spec.json"), Mount(tasks, "/run/gemini/tasks", read_only=False))
    spec = make_spec(
        plain,
        "sh",
        "-c",
        'cp "$0" copied; env > env; sleep 1000',
        "/run/gemini/spec.json",
        mounts=mounts,
        env={"GEMINI_CODE": "/gemini/code"},
    )
    plain.start(spec)
    code = tmp_path / "code-3"
    until(lambda: "PWD" in (code / "env").read_text() if (code / "env").exists() else False)
    shown = dict(line.split("=", 1) for line in (code / "env").read_text().splitlines())
    run = plain.home / "sandboxes/env-1/run"
    assert shown["GEMINI_CODE"] == str(code)
    assert shown["GEMINI_DATA_1"] == str(tmp_path / "data")
    assert shown["GEMINI_RUN"] == str(run) == plain.inside(spec, "/run/gemini")
    assert plain.inside(spec, "/gemini/data-1/a.txt") == str(tmp_path / "data/a.txt")
    assert (code / "copied").read_text() == "{}"
    assert (run / "tasks").resolve() == tasks
    inside = run_inside(plain, "env-1", "sh", "-c", "pwd; echo $GEMINI_DATA_1").stdout.splitlines()
    assert inside == [str(code), str(tmp_path / "data")]


def test_end_and_leftovers(plain: Sandboxes, make_spec: MakeSpec) -> None:
    """The exit code is true, and what process 1 left running is ended. Covers: TRAIN-9"""
    mark = f"sleep 97{os.getpid()}"
    spec = make_spec(plain, "/bin/sh", "-c", f"(setsid {mark} &) ; {GO}; exit 4")
    started = plain.start(spec)
    assert started.state == "running"
    go(spec)
    end = ended(plain, "env-1")
    assert (end.exit_code, end.lost) == (4, False)
    assert processes_naming(mark) == []
    assert plain.start(make_spec(plain, "/bin/true")) == end


def test_killed_witness_means_lost_in_plain_mode(plain: Sandboxes, make_spec: MakeSpec) -> None:
    """As with walls; a look at the end also ends what was left. Covers: TRAIN-9"""
    mark = f"sleep 96{os.getpid()}"
    seen = plain.start(make_spec(plain, "/bin/sh", "-c", f"setsid {mark}"))
    until(lambda: processes_naming(mark))
    os.kill(pid_in(plain, "witness"), signal.SIGKILL)
    assert seen.pid is not None
    assert plain.observe("env-1").state == "running"
    os.kill(seen.pid, signal.SIGKILL)
    assert ended(plain, "env-1").lost
    assert [line for line in processes_naming(mark) if "sh -c" not in line] == []


def test_stop_and_use(plain: Sandboxes, make_spec: MakeSpec) -> None:
    """Stop asks first; use is counted from the processes. Covers: ENV-4, ENV-8"""
    plain.start(make_spec(plain, sys.executable, "-c", "x = bytearray(50 << 20)\nimport time; time.sleep(1000)"))
    until(lambda: plain.usage("env-1").memory_bytes > 50 << 20)
    assert plain.usage("env-1").processes == 1
    assert plain.stop("env-1", 10).signal == signal.SIGTERM
    plain.remove("env-1")
    assert plain.ids() == ()


def test_mounts_of_the_run_folder_change_live(plain: Sandboxes, make_spec: MakeSpec, tmp_path: Path) -> None:
    """Snapshots of code appear in the run folder; datasets need a restart, and the error says so. Covers: CAT-8"""
    plain.start(make_spec(plain, "sleep", "1000"))
    plain.add_mount("env-1", tmp_path / "data", "/run/gemini/snapshots/task-1")
    link = plain.home / "sandboxes/env-1/run/snapshots/task-1"
    assert (link / "a.txt").read_text() == "data"
    plain.remove_mount("env-1", "/run/gemini/snapshots/task-1")
    assert not link.exists()
    with pytest.raises(SandboxError, match="restart"):
        plain.add_mount("env-1", tmp_path / "data", "/gemini/data-2")


def test_a_program_that_is_not_there(plain: Sandboxes, make_spec: MakeSpec) -> None:
    """The error names it, and nothing stays. Covers: ENV-1"""
    with pytest.raises(SandboxError, match="no-such-program"):
        plain.start(make_spec(plain, "no-such-program"))
    assert plain.ids() == ()


def test_the_administrators_tool(plain: Sandboxes, make_spec: MakeSpec) -> None:
    """List, stop and remove from a shell. Covers: ENV-4"""
    plain.start(make_spec(plain, "sleep", "1000"))

    def tool(*words: str) -> str:
        command = [sys.executable, "-m", "gemini_sandbox", words[0], str(plain.home), *words[1:]]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert '"state": "running"' in tool("list")
    assert '"signal": 15' in tool("stop", "env-1", "5")
    assert tool("remove", "env-1") == "{}\n"
    assert tool("list") == "[]\n"


def test_bad_specs_are_refused(plain: Sandboxes) -> None:
    """Nothing is made from an id, path or number that could lead astray. Covers: API-0"""
    good = {"id": "env-1", "workspace_index": 0, "mounts": (), "argv": ("true",), "env": {}, "cwd": "/tmp"}
    bad = [
        {"id": "../up"},
        {"id": ""},
        {"id": "a/b"},
        {"workspace_index": -1},
        {"workspace_index": 4096},
        {"argv": ()},
        {"cwd": "relative"},
        {"cwd": "/tmp/../etc"},
        {"mounts": (Mount(Path("/tmp"), "/"),)},
        {"mounts": (Mount(Path("/tmp"), "/a\0b"),)},
        {"host_port": 80},
        {"hostname": "a b"},
    ]
    for fields in bad:
        with pytest.raises(SandboxError):
            plain.start(SandboxSpec(**{**good, **fields}))  # type: ignore[arg-type]
    assert plain.ids() == ()
