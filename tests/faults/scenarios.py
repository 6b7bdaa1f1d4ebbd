"""What is tried: what was before, and the acts in whose midst something dies, fills or is set."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane.world import EMPTY, PROJECT, ZONE

from faults.acts import (
    again,
    began_again,
    commit,
    create,
    do,
    fall,
    finish,
    finish_inside,
    forget,
    forget_all,
    gone,
    limit,
    over_time,
    pass_time,
    poor,
    rank,
    refuse_orders,
    refuse_sandboxes,
    refuse_starts,
    settle,
    started,
    submit,
    tick,
    told,
    until,
    upload,
)
from faults.life import Act

WHOLE = {**ZONE, "cpuCores": 8}
"""All that the place of work has."""
ROLES = [{"name": "chief", "instances": 1}, {"name": "worker", "instances": 1}]


@dataclass(frozen=True)
class Scenario:
    """A name, what was before, and the acts that are tried."""

    name: str
    before: tuple[Act, ...]
    acts: tuple[Act, ...]
    loose: tuple[str, ...] = ()
    """What of the picture depends on when something came, not on a crash."""


RUNNING = (create(), until("env", "running"))
INSIDE = (*RUNNING, submit(inside="env"))
ALONE = (submit(), until("task", "running"))
FULL = (submit("big", resourceConfig=WHOLE), until("big", "running"))
STOPPED = (do("stop", "env"), until("env", "stopped"), settle)


def ended(name: str, state: str) -> tuple[Act, ...]:
    """It is in its last state, and nothing is left of it."""
    return (until(name, state), settle)


HOURS = ("postings",)
"""Which hour of the wall clock a minute falls into depends on when the test runs; the sums do not."""
WHEN = ("timelines", "tasks")
"""A stop may come before the start, or after it."""
SCENARIOS = (
    Scenario("environment-starts", (), (*RUNNING, settle)),
    Scenario("environment-stops", RUNNING, STOPPED),
    Scenario("environment-waits", FULL, (create(), until("env", "queued"), finish("big"), until("env", "running"))),
    Scenario("environment-waits-and-is-stopped", FULL, (create(), until("env", "queued"), *STOPPED)),
    Scenario("environment-cannot-start", (), (refuse_starts("No such kernel."), create(), *ended("env", "failed"))),
    Scenario(
        "environment-starts-after-a-failure",
        (refuse_starts("No such kernel."), create(), until("env", "failed")),
        (refuse_starts(""), do("start", "env"), until("env", "running"), settle),
    ),
    Scenario("environment-falls", RUNNING, (fall("env", exit_code=3), *ended("env", "failed"))),
    Scenario("environment-restarts", RUNNING, (do("restart", "env"), began_again, until("env", "running"), settle)),
    Scenario("environment-is-deleted", RUNNING, (do("delete", "env"), gone, settle)),
    Scenario(
        "environment-is-deleted-with-tasks",
        (*INSIDE, until("task", "running"), finish_inside("task", "env", "succeeded", 0), until("task", "succeeded")),
        (submit("two", inside="env"), started("two"), do("delete", "env"), gone, until("two", "stopped"), settle),
    ),
    Scenario("task-succeeds", (), (*ALONE, finish("task"), *ended("task", "succeeded"))),
    Scenario("task-fails", ALONE, (finish("task", exit_code=3), *ended("task", "failed"))),
    Scenario("task-is-over-time", ALONE, (over_time("task"), *ended("task", "failed"))),
    Scenario("task-is-lost", ALONE, (finish("task", exit_code=None, lost=True), *ended("task", "failed"))),
    Scenario("task-is-stopped", ALONE, (do("stop", "task"), *ended("task", "stopped"))),
    Scenario("task-is-stopped-at-once", (), (submit(), do("stop", "task"), *ended("task", "stopped")), WHEN),
    Scenario("task-waits-and-is-stopped", FULL, (submit(), do("stop", "task"), *ended("task", "stopped")), WHEN),
    Scenario("task-waits-and-runs", FULL, (submit(), finish("big"), *ended("task", "running"))),
    Scenario(
        "task-is-tried-again",
        (submit(retries=1), until("task", "running")),
        (finish("task", exit_code=3), again("task", 2), settle),
    ),
    Scenario(
        "task-is-tried-again-in-vain",
        (submit(retries=1), until("task", "running"), finish("task", exit_code=3), again("task", 2)),
        (finish("task", exit_code=4), *ended("task", "failed")),
    ),
    Scenario(
        "task-cannot-start",
        (*FULL, submit(), refuse_sandboxes("No namespaces are left.")),
        (finish("big"), *ended("task", "failed")),
    ),
    Scenario(
        "task-waits-for-quota-and-runs",
        (limit(cpuCores=1), submit("first"), until("first", "running"), submit()),
        (finish("first"), *ended("task", "running")),
    ),
    Scenario(
        "task-with-roles-fails",
        (submit(roles=ROLES), until("task", "running"), rank("task", "chief", "running")),
        (
            *(rank("task", "worker", "ended", 3), told("task", "running", "failed")),
            *(finish("task", exit_code=3), *ended("task", "failed")),
        ),
    ),
    Scenario(
        "task-inside-is-refused",
        (*RUNNING, refuse_orders(503), submit(inside="env")),
        (refuse_orders(422), *ended("task", "failed")),
    ),
    Scenario("task-inside-begins", RUNNING, (submit(inside="env"), *ended("task", "running"))),
    Scenario(
        "task-inside-succeeds",
        (*INSIDE, until("task", "running")),
        (finish_inside("task", "env", "succeeded", 0), *ended("task", "succeeded")),
    ),
    Scenario(
        "task-inside-is-over-time",
        (*INSIDE, until("task", "running")),
        (finish_inside("task", "env", "timeout", 143), *ended("task", "failed")),
    ),
    Scenario(
        "task-inside-is-stopped",
        RUNNING,
        (submit(inside="env"), started("task"), do("stop", "task"), *ended("task", "stopped")),
        WHEN,
    ),
    Scenario(
        "task-inside-loses-its-environment",
        (*INSIDE, until("task", "running")),
        (fall("env", exit_code=None, lost=True), until("env", "failed"), *ended("task", "failed")),
    ),
    Scenario("hours-are-charged", RUNNING, (pass_time(2.5), tick, pass_time(1), tick, *STOPPED), HOURS),
    Scenario(
        "arrears-stop",
        (*RUNNING, *ALONE),
        (poor, pass_time(1), tick, until("env", "stopped"), *ended("task", "stopped")),
        HOURS,
    ),
    Scenario("version", (upload,), (commit, settle)),
    Scenario("upload", (), (upload, settle), ("audit",)),
    Scenario("version-is-deleted", (upload, commit), (forget, settle)),
    Scenario("dataset-is-deleted", (upload, commit), (forget_all(f"/datasets/{EMPTY}"), settle)),
    Scenario("project-is-deleted", (), (forget_all(f"/projects/{PROJECT}"), settle)),
)
BY_NAME = {one.name: one for one in SCENARIOS}
