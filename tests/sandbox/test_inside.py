"""What a person finds inside: folders, packages, mounts, use. Run as root here and as a person by `test_person.py`."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from gemini_sandbox import Mount, SandboxError, Sandboxes

from .conftest import MakeSpec, RunInside, ended, until

pytestmark = pytest.mark.sandbox

RUNNING = ("sleep", "1000")


def test_data_reads_and_code_is_shared(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """Two sandboxes of a workspace write the same code folder and read the same data. Covers: ENV-2, CAT-7"""
    for name in ("env-1", "env-2"):
        sandboxes.start(make_spec(sandboxes, *RUNNING, id=name))
    assert run_inside(sandboxes, "env-1", "cat", "/gemini/data-1/a.txt").stdout == "data"
    for name in ("env-1", "env-2"):
        done = run_inside(sandboxes, name, "sh", "-c", f"echo {name} >> /gemini/code/log")
        assert done.returncode == 0, done.stderr
    assert run_inside(sandboxes, "env-1", "cat", "/gemini/code/log").stdout == "env-1\nenv-2\n"


def test_private_file_of_the_platform_is_readable_data(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """Data shows root inside as its owner, whatever its mode on the host. Covers: CAT-7"""
    spec = make_spec(sandboxes, *RUNNING)
    (tmp_path / "data/private").write_text("mine")
    (tmp_path / "data/private").chmod(0o600)
    sandboxes.start(spec)
    assert run_inside(sandboxes, "env-1", "cat", "/gemini/data-1/private").stdout == "mine"
    assert run_inside(sandboxes, "env-1", "stat", "-c", "%u", "/gemini/data-1/private").stdout == "0\n"


def test_variables_and_folder(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """The variables name the folders, those of the spec win, and commands begin in the code. Covers: ENV-2"""
    sandboxes.start(make_spec(sandboxes, *RUNNING, env={"GEMINI_TASK_ID": "task-1", "LANG": "zh_CN.UTF-8"}))
    lines = run_inside(sandboxes, "env-1", "env").stdout.splitlines()
    shown = dict(line.split("=", 1) for line in lines)
    assert shown["GEMINI_CODE"] == "/gemini/code" and shown["GEMINI_DATA_1"] == "/gemini/data-1"
    assert (shown["GEMINI_TASK_ID"], shown["LANG"], shown["HOME"]) == ("task-1", "zh_CN.UTF-8", "/root")
    assert run_inside(sandboxes, "env-1", "pwd").stdout == "/gemini/code\n"


def test_run_folder_and_files_in_it(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """`/run/gemini` is the sandbox's own folder on the host, with the spec's files bound into it. Covers: TRAIN-9"""
    order = tmp_path / "order.json"
    order.write_text("{}")
    tasks = tmp_path / "tasks"
    tasks.mkdir()
    sandboxes.give(tasks, 3)
    mounts = (Mount(order, "/run/gemini/spec.json"), Mount(tasks, "/run/gemini/tasks", read_only=False))
    sandboxes.start(make_spec(sandboxes, *RUNNING, mounts=mounts))
    script = "cat /run/gemini/spec.json; echo s > /run/gemini/state; echo t > /run/gemini/tasks/state"
    assert run_inside(sandboxes, "env-1", "sh", "-c", script).stdout == "{}"
    assert (sandboxes.home / "sandboxes/env-1/run/state").read_text() == "s\n"
    assert (tasks / "state").read_text() == "t\n"
    denied = run_inside(sandboxes, "env-1", "sh", "-c", "echo > /run/gemini/spec.json")
    assert "Read-only" in denied.stderr


def make_wheel(folder: Path) -> Path:
    """A tiny package."""
    path = folder / "gemini_tiny-1.0-py3-none-any.whl"
    info = "gemini_tiny-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("gemini_tiny.py", "answer = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: gemini-tiny\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_pip_installs_and_the_host_stays_as_it_was(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """A package is there inside and not on the host. Covers: ENV-2"""
    if sandboxes.abilities().mode == "person" and not os.access(sys.prefix, os.W_OK):
        pytest.skip("this Python does not belong to the person")
    spec = make_spec(sandboxes, *RUNNING)
    wheel = make_wheel(spec.mounts[0].source)
    sandboxes.start(spec)
    inside = f"/gemini/code/{wheel.name}"
    done = run_inside(sandboxes, "env-1", sys.executable, "-m", "pip", "install", "--no-index", inside)
    assert done.returncode == 0, done.stderr
    shown = run_inside(sandboxes, "env-1", sys.executable, "-c", "import gemini_tiny; print(gemini_tiny.answer)")
    assert shown.stdout == "42\n"
    assert not list(Path(sys.prefix).rglob("gemini_tiny.py"))


def test_pip_installs_from_the_index(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """Names and connections go out through the sandbox's network. Covers: ENV-2"""
    pip = (sys.executable, "-m", "pip")
    outside = subprocess.run([*pip, "download", "-q", "--no-deps", "-d", str(tmp_path), "iniconfig"], check=False)
    if outside.returncode != 0:
        pytest.skip("no pip here, or this machine reaches no package index")
    sandboxes.start(make_spec(sandboxes, *RUNNING))
    target = ("--target", "/tmp/packages", "--no-deps", "--no-cache-dir")
    done = run_inside(sandboxes, "env-1", *pip, "install", *target, "iniconfig")
    assert done.returncode == 0, done.stderr


def test_apt_installs(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """A package of the system installs, runs, and is not on the host. Covers: ENV-2"""
    if not sandboxes.abilities().apt:
        pytest.skip("no apt here")
    if not any(Path("/var/lib/apt/lists").glob("*Packages*")):
        pytest.skip("this machine has no package lists")
    sandboxes.start(make_spec(sandboxes, *RUNNING))
    done = run_inside(sandboxes, "env-1", "apt-get", "install", "-y", "-qq", "hello")
    if "Failed to fetch" in done.stderr:
        pytest.skip("this machine reaches no package archive")
    assert done.returncode == 0, done.stderr
    assert run_inside(sandboxes, "env-1", "hello").stdout == "Hello, world!\n"
    assert not Path("/usr/bin/hello").exists()


def test_mount_into_a_running_sandbox(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """A dataset appears at once, resists root inside, and goes again. Covers: CAT-8"""
    more = tmp_path / "more"
    more.mkdir()
    (more / "b.txt").write_text("more")
    sandboxes.start(make_spec(sandboxes, *RUNNING))
    for _ in range(2):
        sandboxes.add_mount("env-1", more, "/gemini/data-2")
    assert run_inside(sandboxes, "env-1", "cat", "/gemini/data-2/b.txt").stdout == "more"
    for script in (
        "echo > /gemini/data-2/b.txt",
        "rm /gemini/data-2/b.txt",
        "rmdir /gemini/data-2",
        "umount /gemini/data-2",
    ):
        assert run_inside(sandboxes, "env-1", "sh", "-c", script).returncode != 0
    mounts = run_inside(sandboxes, "env-1", "cat", "/proc/mounts").stdout
    assert mounts.count(" /gemini/data-2 ") == 1
    for _ in range(2):
        sandboxes.remove_mount("env-1", "/gemini/data-2")
    assert run_inside(sandboxes, "env-1", "ls", "/gemini").stdout == "code\ndata-1\n"
    assert (more / "b.txt").read_text() == "more"


def test_mount_follows_no_link(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, tmp_path: Path
) -> None:
    """A link that root inside laid leads no mount astray. Covers: CAT-8"""
    sandboxes.start(make_spec(sandboxes, *RUNNING))
    assert run_inside(sandboxes, "env-1", "ln", "-s", "/etc", "/gemini/data-2").returncode == 0
    with pytest.raises(SandboxError, match="is a link"):
        sandboxes.add_mount("env-1", tmp_path / "data", "/gemini/data-2")
    with pytest.raises(SandboxError, match="added later"):
        sandboxes.remove_mount("env-1", "/gemini/data-1")
    with pytest.raises(SandboxError, match="normal path"):
        sandboxes.add_mount("env-1", tmp_path / "data", "/gemini/../etc")


def test_use_is_measured(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """CPU time grows with work, memory holds what was taken, processes count. Covers: ENV-8"""
    work = "import time\nx = bytearray(60 << 20)\nwhile time.process_time() < 0.4: pass\ntime.sleep(1000)"
    sandboxes.start(make_spec(sandboxes, "python3", "-c", work))
    # One tick of the kernel's clock, 10 ms, may be missing.
    until(lambda: sandboxes.usage("env-1").cpu_seconds >= 0.38)
    use = sandboxes.usage("env-1")
    assert 60 << 20 <= use.memory_bytes < 200 << 20
    assert use.processes == 1
    sandboxes.stop("env-1", 0)
    assert sandboxes.usage("env-1").processes == 0


def test_command_inside_keeps_its_exit_code(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """Words with spaces and quotes arrive as they are. Covers: ENV-9"""
    sandboxes.start(make_spec(sandboxes, *RUNNING))
    done = run_inside(sandboxes, "env-1", "sh", "-c", 'printf %s "$1"; exit 9', "sh", "a 'b' \"c\" $d")
    assert (done.stdout, done.returncode) == ("a 'b' \"c\" $d", 9)


def test_missing_source_is_named(sandboxes: Sandboxes, make_spec: MakeSpec, tmp_path: Path) -> None:
    """The error names the folder and its place. Covers: ENV-1"""
    gone = Mount(tmp_path / "gone", "/gemini/data-2")
    with pytest.raises(SandboxError, match="gone is not there, wanted at /gemini/data-2"):
        sandboxes.start(make_spec(sandboxes, *RUNNING, mounts=(gone,)))


def test_processes_and_threads_are_limited(sandboxes: Sandboxes, make_spec: MakeSpec) -> None:
    """The host keeps its processes. Covers: ENV-2"""
    if not sandboxes.abilities().memory_limit:
        pytest.skip("no limits here")
    program = (
        "import _thread, os\n"
        "_thread.stack_size(65536)\n"
        "lock = _thread.allocate_lock(); lock.acquire()\n"
        "try:\n"
        "    for _ in range(9000): _thread.start_new_thread(lock.acquire, ())\n"
        "except RuntimeError:\n"
        "    os._exit(7)\n"
    )
    sandboxes.start(make_spec(sandboxes, "python3", "-I", "-S", "-c", program))
    assert ended(sandboxes, "env-1", 60).exit_code == 7


def test_give_follows_no_link(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A link in a tree that people write leads no chown astray. Covers: ENV-2"""
    if sandboxes.abilities().mode != "root":
        pytest.skip("a person owns all files already")
    outside = tmp_path / "outside"
    outside.write_text("mine")
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep/link").symlink_to(outside)
    (tree / "folder").symlink_to(tmp_path)
    sandboxes.give(tree, 7)
    owner = tree.stat().st_uid
    assert owner == 0x70000000 + 7 * 65536
    assert (tree / "deep/link").lstat().st_uid == owner
    assert outside.stat().st_uid == os.getuid() == tmp_path.stat().st_uid


OFFLINE = """
import fcntl, socket, struct, sys, time, urllib.request
from pathlib import Path
from gemini_sandbox import Sandboxes, SandboxSpec
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 1))
sandboxes = Sandboxes(Path(sys.argv[1]))
argv = ("python3", "-m", "http.server", "8888", "--bind", "127.0.0.1")
seen = sandboxes.start(SandboxSpec("env-1", 0, (), argv, {}, "/srv", host_port=8899, inner_port=8888))
deadline = time.monotonic() + 60
while True:
    try:
        print(sandboxes.abilities().mode, urllib.request.urlopen("http://127.0.0.1:8899/", timeout=5).status)
        break
    except OSError:
        assert time.monotonic() < deadline
        time.sleep(0.02)
sandboxes.stop("env-1", 0)
sandboxes.remove("env-1")
"""


def test_a_machine_without_a_network_has_sandboxes(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A laptop on a train: nothing leads out, and the server's port still leads in. Covers: ENV-1"""
    if sandboxes.abilities().mode != "root":
        pytest.skip("only root takes the network away")
    command = ["unshare", "--net", sys.executable, "-c", OFFLINE, str(tmp_path / "offline")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout == "root 200\n", done.stderr


def test_devices_of_the_spec_are_there(sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside) -> None:
    """A device that was given can be opened, as a card is; no other can. Covers: RES-2"""
    device = "/dev/net/tun"
    if not os.access(device, os.R_OK | os.W_OK) or sandboxes.abilities().mode != "root":
        pytest.skip(f"no {device}")
    sandboxes.start(make_spec(sandboxes, *RUNNING, devices=(device,)))
    assert run_inside(sandboxes, "env-1", "stat", "-c", "%F %t:%T", device).stdout == "character special file a:c8\n"
    with pytest.raises(SandboxError, match="device /dev/no-such is not there"):
        sandboxes.start(make_spec(sandboxes, *RUNNING, id="env-2", devices=("/dev/no-such",)))


def test_home_below_a_shown_folder_is_hidden(
    sandboxes: Sandboxes, make_spec: MakeSpec, run_inside: RunInside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the platform keeps its home beside its source, the source shows and the home does not. Covers: ENV-2"""
    shown = sandboxes.home.parent
    monkeypatch.setenv("PYTHONPATH", str(shown))
    (shown / "module.py").write_text("")
    sandboxes.start(make_spec(sandboxes, *RUNNING))
    assert "module.py" in run_inside(sandboxes, "env-1", "ls", str(shown)).stdout
    hidden = run_inside(sandboxes, "env-1", "ls", "-A", str(sandboxes.home))
    assert (hidden.stdout, hidden.returncode) == ("", 0)
