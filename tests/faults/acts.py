"""What people and the world do, act by act; an act that a crash cut off is done again, with the same key."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from control_plane.world import DATASET, DYNAMIC, EMPTY, LAB, PROJECT, VERSIONS
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_core.observations import Presence
from gemini_core.states import TASK_ENDED, TaskState
from sqlalchemy import select, update

from faults.life import Act, Life
from faults.picture import leaks


def create(name: str = "env", **wish: Any) -> Act:
    """Create an environment."""
    data = [{"datasetId": DATASET, "versionId": VERSIONS[0]}]
    body = {"name": name, "projectId": PROJECT, "specificationId": "local-b1", "datasets": data, **wish}

    async def act(life: Life) -> None:
        life.world.known[name] = (await life.ask("POST", "/dev-environments", body, key=f"create {name}")).data["id"]

    return act


def submit(name: str = "task", inside: str | None = None, **wish: Any) -> Act:
    """Submit a task: with resources of its own, or inside an environment."""

    async def act(life: Life) -> None:
        body = {**DYNAMIC, "taskName": name, "datasetId": DATASET, **wish}
        if inside is not None:
            body |= {"launchMode": "existing", "environmentId": life.world.known[inside], "modelId": None}
            del body["resourceConfig"]
        answer = await life.ask("POST", "/training-tasks", body, key=f"submit {name}")
        life.world.known[name] = answer.data["taskId"]

    return act


def do(verb: str, name: str) -> Act:
    """`stop`, `start`, `restart` of an environment or a task; `delete` of an environment."""

    async def act(life: Life) -> None:
        address = _address(life, name)
        if verb == "delete":
            assert (await life.ask("DELETE", address)).status in (200, 404)
        else:
            assert (await life.ask("POST", f"{address}/{verb}", key=f"{verb} {name}")).data

    return act


def until(name: str, state: str) -> Act:
    """Wait for a state."""

    async def act(life: Life) -> None:
        async def look() -> bool:
            rows = t.tasks if life.world.known[name].startswith("task-") else t.environments
            with life.app.parts.store.reader.connect() as tx:
                seen = tx.scalar(select(rows.c.state).where(rows.c.id == life.world.known[name]))
            assert seen == state or seen not in TASK_ENDED or rows is t.environments, f"{name} is {seen}"
            return bool(seen == state)

        await life.until(look, f"{name} is {state}")

    return act


def started(name: str) -> Act:
    """Wait until a task's sandbox runs, or its runner has its order."""

    async def act(life: Life) -> None:
        world = life.world

        async def look() -> bool:
            task = world.known[name]
            return task in world.hub.orders or task in world.backend.alive

        await life.until(look, f"{name} has begun")

    return act


async def began_again(life: Life) -> None:
    """Wait until the environment is in its second run."""

    async def look() -> bool:
        with life.app.parts.store.reader.connect() as tx:
            return len(tx.execute(select(t.runs)).all()) == 2

    await life.until(look, "the second run")


def again(name: str, attempt: int) -> Act:
    """Wait until a task runs in its attempt of that number."""

    async def act(life: Life) -> None:
        rows = t.tasks

        async def look() -> bool:
            with life.app.parts.store.reader.connect() as tx:
                row = tx.execute(select(rows).where(rows.c.id == life.world.known[name])).mappings().one()
            assert row["ended_at"] is None, f"{name} is {row['state']}"
            return bool((row["attempt"], row["state"]) == (attempt, TaskState.RUNNING))

        await life.until(look, f"{name} runs in attempt {attempt}")

    return act


def rank(name: str, role: str, state: str, code: int | None = None) -> Act:
    """A rank of a task with roles tells of itself."""

    async def act(life: Life) -> None:
        folder = life.world.backend.store / "tasks" / life.world.known[name]
        end = {} if code is None else {"ended_at": 2.0, "exit_code": code}
        told = {"state": state, "ranks": [{"role": role, "rank": 0, "started_at": 1.0, **end}]}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rank.new").write_text(json.dumps(told))
        (folder / "rank.new").rename(folder / f"{role}-0.json")

    return act


def told(name: str, *states: str) -> Act:
    """Wait until the ranks of a task are known to be in these states."""

    async def act(life: Life) -> None:
        async def look() -> bool:
            data = (await life.ask("GET", _address(life, name))).data
            return [one["state"] for one in data["ranks"]] == list(states)

        await life.until(look, f"the ranks of {name} are {states}")

    return act


def over_time(name: str) -> Act:
    """The runner of a task ends it at its limit."""

    async def act(life: Life) -> None:
        task = life.world.known[name]
        folder = life.world.backend.store / "tasks" / task
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.json").write_text('{"state": "ended", "outcome": "timeout", "ranks": []}')
        await finish(name, exit_code=124)(life)

    return act


def finish(name: str, **facts: Any) -> Act:
    """A task with a sandbox of its own ends."""

    async def act(life: Life) -> None:
        alive = life.world.backend.alive
        if alive[life.world.known[name]].state == Presence.RUNNING:
            life.world.backend.end(life.world.known[name], **facts)

    return act


def finish_inside(name: str, environment: str, outcome: str, code: int) -> Act:
    """A task inside an environment ends."""

    async def act(life: Life) -> None:
        known = life.world.known
        life.world.hub.record(known[environment], known[name], "ended", outcome, code)

    return act


def fall(name: str, **facts: Any) -> Act:
    """Process 1 of an environment ends by itself."""

    async def act(life: Life) -> None:
        life.world.fall(life.world.known[name], **facts)
        life.app.parts.store.tell(progress.LOOK_TOPIC, life.world.known[name])

    return act


def refuse_starts(message: str) -> Act:
    """From now on the spawner fails; an empty message: it works again."""

    async def act(life: Life) -> None:
        life.world.hub.fails = message

    return act


def refuse_sandboxes(message: str) -> Act:
    """From now on no sandbox of a task can be started; an empty message: they can."""

    async def act(life: Life) -> None:
        life.world.backend.broken = message

    return act


def limit(**most: int) -> Act:
    """What the workspace holds at most at once."""

    async def act(life: Life) -> None:
        answer = await life.ask("PUT", f"/workspaces/{LAB}/limits", most, person="operator")
        assert answer.status == 200, answer.body

    return act


def forget_all(address: str) -> Act:
    """A project, dataset or model goes with all that is in it."""

    async def act(life: Life) -> None:
        answer = await life.ask("DELETE", address, person="owner")
        assert answer.status in (200, 404), answer.body

    return act


def refuse_orders(status: int) -> Act:
    """From now on the runners of environments answer orders with this status; 0: they take them."""

    async def act(life: Life) -> None:
        life.world.hub.answers = status

    return act


def pass_time(hours: float) -> Act:
    """Everything that runs began so many hours earlier."""

    async def act(life: Life) -> None:
        span = timedelta(hours=hours)
        rows = t.runs
        with life.app.parts.store.writer.begin() as tx:
            for run in tx.execute(select(rows).where(rows.c.ended_at.is_(None))).mappings().all():
                values = {"started_at": run["started_at"] - span}
                tx.execute(update(rows).where(rows.c.id == run["id"]).values(**values))

    return act


async def tick(life: Life) -> None:
    """The hour is full."""
    await life.clock.tick()


async def poor(life: Life) -> None:
    """The workspace has almost nothing left: all but one micro-point was spent elsewhere."""
    from gemini_control.managers import ledger

    with life.app.parts.store.writer.begin() as tx:
        left = ledger.balance(tx, LAB)
        amounts = [(LAB, 1 - left), (ledger.FUNDING, left - 1)]
        from datetime import UTC, datetime

        ledger.post(tx, ledger.Entry("spent", "credit", LAB, "operator", datetime.now(UTC), amounts))


async def settle(life: Life) -> None:
    """Wait until nothing is left to clear away; what stays is told by the picture."""

    async def look() -> bool:
        return not leaks(life.world)

    try:
        await life.until(look, "clean", 10)
    except AssertionError:
        return


async def upload(life: Life) -> None:
    """A file into the draft."""
    for name in ("a.csv", "b/c.csv"):
        answer = await life.ask("PUT", f"/datasets/{EMPTY}/draft/files/{name}", name.encode())
        assert answer.status == 200, answer.body


async def commit(life: Life) -> None:
    """A version of it."""
    answer = await life.ask("POST", f"/datasets/{EMPTY}/versions", {"note": "first"}, key="commit")
    life.world.known["version"] = answer.data["id"]


async def forget(life: Life) -> None:
    """The version goes."""
    answer = await life.ask("DELETE", f"/datasets/{EMPTY}/versions/{life.world.known['version']}")
    assert answer.status in (200, 404), answer.body


async def gone(life: Life) -> None:
    """Wait until the environment is not there any more."""

    async def look() -> bool:
        return (await life.ask("GET", _address(life, "env"))).status == 404

    await life.until(look, "the environment is gone")


def _address(life: Life, name: str) -> str:
    known = life.world.known[name]
    return f"/training-tasks/{known}" if known.startswith("task-") else f"/dev-environments/{known}"
