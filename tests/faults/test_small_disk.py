"""A real file system that is full (a small tmpfs in a mount namespace of its own): log, state, launch, upload."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from gemini_control.files.upload import Upload
from gemini_control.managers.snapshots import Snapshots
from gemini_sandbox import Abilities, Sandboxes, SandboxSpec
from gemini_sandbox.abilities import Ground
from gemini_sandbox.record import Record
from gemini_spawner.files import Launch, LaunchFolder
from runner.rig import Runner, wait_for

TESTS = Path(__file__).parents[1]
SIZE = 512 * 1024
OTHERS = 4096
"""What the rest of the disk is: one page."""


def in_small_disk(name: str, folder: Path) -> None:
    """Run a function of this module in a process whose `folder` is a file system of `SIZE` bytes."""
    script = f"import sys; sys.path[:0] = [{str(TESTS)!r}]; from faults import test_small_disk as it; it.{name}()"
    mount = f'mount -t tmpfs -o size={SIZE} tmpfs "$0" && cd "$0" && exec "$1" -c "$2"'
    unshare = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    argv = [*unshare, "/bin/sh", "-c", mount, str(folder), sys.executable, script]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode and "unshare" in done.stderr:
        pytest.skip(f"this machine makes no mount namespace: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr


def fill() -> Path:
    """A file that takes all that is left."""
    path = Path("ballast")
    with path.open("wb", buffering=0) as file:
        for piece in (65536, OTHERS, 1):
            try:
                while True:
                    file.write(b"x" * piece)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return path


def full(work: object) -> None:
    """Whether `work` says that the disk is full."""
    try:
        work()  # type: ignore[operator]
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
    else:
        raise AssertionError("there was room")


def task_that_fills_the_disk() -> None:
    """Its log is full, so it fails as a program does; its end is written when there is room, and is the true one."""
    runner = Runner(Path.cwd() / "run")
    (runner.run / "tasks" / "task-1").mkdir(parents=True)
    log = runner.run / "tasks" / "task-1" / "main-0.log"
    # Told on another disk: what writes the log must have given up before there is room again.
    given_up = Path(tempfile.mkdtemp()) / "given-up"
    runner.task(f"yes {'line ' * 20} | head -c {2 * SIZE}; touch {given_up}; exit 5")
    wait_for(given_up.exists, "the log fills the disk")
    shutil.rmtree(given_up.parent)
    assert log.stat().st_size > SIZE // 2
    ballast = fill() if os.statvfs(".").f_bavail else None
    kept = log.read_bytes()[:OTHERS]
    assert kept.startswith(b"line line")
    os.truncate(log, OTHERS)
    if ballast is not None:
        ballast.unlink()
    assert runner.wait() == 5
    assert (runner.state()["state"], runner.state()["exit_code"]) == ("ended", 5)
    assert log.read_bytes() == kept


def task_that_is_lost_meanwhile() -> None:
    """The tender of a task in an environment is killed while the disk is full: the end is told when there is room."""
    runner = Runner(Path.cwd() / "run")
    said = runner.run / "runner.err"
    said.write_text("\n")  # the rest of its page is room for what cannot be written
    runner.environment()
    runner.submit("sleep 600")
    wait_for(lambda: runner.state()["state"] == "running", "the task runs")
    ballast = fill()
    os.kill(runner.state()["runner"]["pid"], signal.SIGKILL)
    wait_for(lambda: said.stat().st_size > 1, "it is said that its end cannot be written")
    assert runner.state()["state"] == "running"
    ballast.unlink()
    assert runner.ended()["lost"]
    runner.close()


def launch_and_upload() -> None:
    """What is there stays whole, nothing half is left, and both work again when there is room."""
    home = Path.cwd()
    folder = LaunchFolder(home, "env-aaaaaaaaaa")
    first = Launch("alice", "plan", 1, "token")
    folder.write(first, {"run": "first"})
    ballast = fill()
    full(lambda: folder.write(Launch("alice", "plan " * 5000, 2, "other"), {"run": "x" * 2 * OTHERS}))
    assert folder.read() == first
    ballast.unlink()

    async def upload(size: int) -> None:
        file = Upload(home / "draft", ("a.csv",), home / "uploads", 10 * SIZE)
        try:
            for _ in range(size // OTHERS):
                await file.write(b"y" * OTHERS)
            await file.finish()
        finally:
            file.abandon()

    full(lambda: asyncio.run(upload(2 * SIZE)))
    assert not (home / "draft").exists() and list((home / "uploads").iterdir()) == []
    asyncio.run(upload(SIZE // 4))
    assert (home / "draft" / "a.csv").stat().st_size == SIZE // 4
    folder.write(Launch("alice", "plan", 2, "other"), {"run": "second"})
    read = folder.read()
    assert read is not None and read.token == "other"


def code_is_fixed() -> None:
    """A snapshot for which there is not enough room is refused, never kept in part under the name of the whole."""
    code = Path(tempfile.mkdtemp())  # on another disk
    (code / "train.py").write_bytes(b"# line\n" * 10_000)
    ballast = fill()
    os.truncate(ballast, ballast.stat().st_size - 10 * OTHERS)
    snapshots = Snapshots(Path.cwd() / "store")
    full(lambda: snapshots.take(code))
    assert list(snapshots.folder.iterdir()) == []
    ballast.unlink()
    assert (snapshots.path(snapshots.take(code)) / "train.py").read_bytes() == (code / "train.py").read_bytes()
    shutil.rmtree(code)


def sandboxes_that_fill_the_disk() -> None:
    """How one ended is known, whether somebody saw it or not, and both can be removed while the disk is full."""
    sandboxes = Sandboxes(Path.cwd() / "home", Ground(Abilities("plain"), None))
    fills = "while [ ! -e go ]; do sleep 0.05; done; cat /dev/zero > all; exit 5"
    for name, command in (("seen", fills), ("unseen", "exec sleep 600")):
        sandboxes.start(SandboxSpec(name, 0, (), ("/bin/sh", "-c", command), {}, str(Path.cwd())))
        Path("go").touch()
        if name == "unseen":
            fill()
            witness = Record(sandboxes.home, name).identity("witness")
            assert witness is not None and witness.end(signal.SIGKILL, 10)
            assert sandboxes.stop(name, 10).lost
        wait_for(lambda name=name: sandboxes.observe(name).state == "ended", "the end")  # type: ignore[misc]
        seen = sandboxes.observe(name)
        assert (seen.exit_code, seen.lost) == ((None, True) if name == "unseen" else (5, False))
        assert os.statvfs(".").f_bavail == 0
        sandboxes.remove(name)
        Path("all").unlink(missing_ok=True)
    assert sandboxes.ids() == ()


NAMES = (
    *("task_that_fills_the_disk", "task_that_is_lost_meanwhile", "sandboxes_that_fill_the_disk"),
    *("launch_and_upload", "code_is_fixed"),
)


@pytest.mark.parametrize("name", NAMES)
def test_on_a_small_disk(tmp_path: Path, name: str) -> None:
    """Covers: TRAIN-7, TRAIN-8, TRAIN-10, CAT-6, ENV-3."""
    in_small_disk(name, tmp_path)
