"""The same sandboxes, started by a person: an account made for the tests, with a virtual environment of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.sandbox

PACKAGES = ("gemini_sandbox", "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "pip", "py")
SAME_TESTS = ("test_walls.py", "test_lifecycle.py", "test_inside.py")
NOT_TWICE = "not from_the_index and not signals and not (while_it_starts and not 0.05)"
"""What root's run has shown already and a person's would not show otherwise."""
TUNNEL = Path("/dev/net/tun")


@dataclass(frozen=True)
class Person:
    """An account, its home, and the Python of its environment."""

    uid: int
    gid: int
    home: Path
    python: Path

    def run(self, *argv: str, timeout: float = 900, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as this person, with nothing of root's environment."""
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), **variables}
        return subprocess.run(
            argv,
            env=environment,
            cwd=self.home,
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def run_outer(self, *argv: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """The same in the outer namespaces."""
        outer = (str(self.python), "-m", "gemini_sandbox", "outer", "--")
        return self.run(*outer, *argv, **variables)


@contextlib.contextmanager
def tunnel_for_everybody() -> Iterator[None]:
    """The mode that udev gives the tunnel device, on a machine without udev."""
    before = stat.S_IMODE(TUNNEL.stat().st_mode)
    TUNNEL.chmod(0o666)
    try:
        yield
    finally:
        TUNNEL.chmod(before)


def find_python(uid: int, gid: int) -> str | None:
    """A Python ≥ 3.11 that the account may run."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            done = subprocess.run([candidate, "-c", check], user=uid, group=gid, extra_groups=[], check=False, cwd="/")
            if done.returncode == 0:
                return candidate
    return None


def fill_environment(folder: Path, python: str) -> Path:
    """A virtual environment with copies of what the tests import; its Python."""
    subprocess.run([python, "-m", "venv", "--without-pip", "--symlinks", str(folder)], check=True)
    site = next(folder.glob("lib/python3*/site-packages"))
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None, name
        if spec.submodule_search_locations:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(spec.submodule_search_locations[0], site / name, ignore=ignored)
        else:
            shutil.copy(spec.origin, site)
    return folder / "bin/python"


@pytest.fixture(scope="module")
def person() -> Iterator[Person]:
    """A new account with subordinate ids; it, its processes and its files are gone afterwards."""
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("only root can make an account")
    if not TUNNEL.exists():
        pytest.skip("no tunnel device")
    name = f"gemini-test-{os.getpid()}"
    home = Path(tempfile.mkdtemp(prefix="gemini-person-", dir="/tmp"))
    subprocess.run(["useradd", "--home-dir", str(home), "--shell", "/bin/sh", name], check=True)
    try:
        account = pwd.getpwnam(name)
        python = find_python(account.pw_uid, account.pw_gid)
        if python is None:
            pytest.skip("no Python 3.11 that everybody may run")
        home.chmod(0o755)
        made = Person(account.pw_uid, account.pw_gid, home, fill_environment(home / "venv", python))
        tests = Path(__file__).parent
        shutil.copytree(tests, home / "tests/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run(["chown", "-R", f"{made.uid}:{made.gid}", str(home)], check=True)
        with tunnel_for_everybody():
            yield made
    finally:
        end_processes_of(pwd.getpwnam(name).pw_uid)
        subprocess.run(["userdel", name], check=True)
        shutil.rmtree(home)


def end_processes_of(uid: int) -> None:
    """Nothing of the account runs on."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{entry}").st_uid == uid:
                os.kill(int(entry), signal.SIGKILL)


@pytest.mark.timeout(1000)
def test_the_same_holds_for_a_person(person: Person) -> None:
    """Walls, life and inside, as a person: nested namespaces instead of root's. Covers: ENV-2, CAT-7, TRAIN-9"""
    python = str(person.python)
    options = ("-q", "-rs", "-c", os.devnull, "-p", "no:cacheprovider", f"--basetemp={person.home}/pytest")
    options += ("-W", "ignore::pytest.PytestUnknownMarkWarning", "-k", NOT_TWICE)
    tests = [f"{person.home}/tests/sandbox/{file}" for file in SAME_TESTS]
    done = person.run_outer(
        python, "-m", "pytest", *options, f"--rootdir={person.home}/tests", *tests, GEMINI_TEST_MODE="person"
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


SCRIPT = """
import dataclasses, json, sys
from pathlib import Path
from gemini_sandbox import Mount, Sandboxes, SandboxSpec
sandboxes = Sandboxes(Path(sys.argv[1]))
if sys.argv[2] == "start":
    program = "trap 'exit 6' TERM; while true; do sleep 0.05; done"
    spec = SandboxSpec("env-1", 0, (), ("/bin/sh", "-c", program), {}, "/tmp")
    seen = sandboxes.start(spec)
else:
    seen = sandboxes.observe("env-1")
    assert seen.state == "running", seen
    sandboxes.add_mount("env-1", Path(sys.argv[1]), "/gemini/data-2")
    sandboxes.start(SandboxSpec("env-2", 0, (), ("/bin/true",), {}, "/tmp"))
    seen = sandboxes.stop("env-1", 10)
    sandboxes.stop("env-2", 10)
    for name in sandboxes.ids():
        sandboxes.remove(name)
print(json.dumps(dataclasses.asdict(seen)))
"""


def test_a_restarted_platform_finds_its_sandboxes(person: Person) -> None:
    """A second start joins the namespace of a sandbox that survived, and rules it. Covers: TRAIN-9"""
    home = str(person.home / "platform")
    command = (str(person.python), "-c", SCRIPT, home)
    first = person.run_outer(*command, "start", GEMINI_HOME=home)
    assert first.returncode == 0, first.stderr
    second = person.run_outer(*command, "again", GEMINI_HOME=home)
    assert second.returncode == 0, second.stderr
    end = json.loads(second.stdout)
    assert (end["state"], end["exit_code"], end["lost"]) == ("ended", 6, False)
    assert end["pid"] == json.loads(first.stdout)["pid"]


def test_a_person_is_told_what_is_lacking(person: Person) -> None:
    """Honest about apt and memory, with the remedy. Covers: ENV-2"""
    done = person.run_outer(str(person.python), "-m", "gemini_sandbox", "abilities", f"{person.home}/told")
    told = json.loads(done.stdout)
    assert (told["mode"], told["apt"], told["network"]) == ("person", False, True)
    assert any("apt-get" in sentence and "as root" in sentence for sentence in told["lacks"])


def test_without_subordinate_ids_the_remedy_is_named(person: Person) -> None:
    """The command runs all the same, in plain mode, and knows why. Covers: ENV-2"""
    stranger = Person(person.uid + 7, person.gid, person.home, person.python)
    told = stranger.run_outer("/bin/sh", "-c", "id -u; echo $GEMINI_SANDBOX_REFUSED")
    assert told.returncode == 0, told.stderr
    number, reason = told.stdout.splitlines()
    assert number == str(stranger.uid)
    assert "usermod --add-subuids" in reason and "usermod --add-subuids" in told.stderr


def test_without_the_outer_namespaces_it_is_plain(person: Person) -> None:
    """Started directly, the way out is named. Covers: ENV-2"""
    done = person.run(str(person.python), "-m", "gemini_sandbox", "abilities", f"{person.home}/direct")
    told = json.loads(done.stdout)
    assert told["mode"] == "plain"
    assert "gemini up" in told["lacks"][1]
