"""Moves environments: looks at hub and sandbox, takes the one step that core names, looks again.

Every step may be taken twice and the process may die between any two: what is to be done next is always
read from the row and from the world, never remembered. The hub is asked only while something moves, and
for those at rest every RESYNC seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from gemini_core import environments, steps
from gemini_core.environments import Seen, Step
from gemini_core.errors import Unavailable
from gemini_core.ids import of_kind
from gemini_core.observations import Observation, Presence, Server
from gemini_core.reasons import Reason
from gemini_core.states import ENVIRONMENT_IDLE, EnvironmentState, Target
from sqlalchemy import Connection, RowMapping, and_, or_, select

from gemini_control.backends.base import Backend, BackendAway
from gemini_control.background import Loops
from gemini_control.hub import Hub, HubRefused
from gemini_control.managers import runs as run_rows
from gemini_control.managers.admission import HOLDING_ENVIRONMENT, Admission
from gemini_control.managers.environments import queue
from gemini_control.managers.launch_plans import binds_of
from gemini_control.reconcilers.followers import Followers
from gemini_control.reconcilers.legacy import Legacy
from gemini_control.reconcilers.workqueue import WorkQueue
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

RESYNC = 30.0
LOOK_AGAIN = 1.0
STOP_GRACE_SECONDS = 20.0
TRY_LATER = (429, 502, 503, 504)
log = logging.getLogger("gemini.environments")


class EnvironmentReconciler:
    """One of the platform's background works (`background.Background`)."""

    def __init__(self, store: Store, hub: Hub, backend: Backend, admission: Admission) -> None:
        self.store = store
        self.hub = hub
        self.backend = backend
        self.admission = admission
        self.legacy = Legacy(store, backend.store)
        self.queue = WorkQueue("environments", self.reconcile)
        self.followers = Followers(hub, self.queue.wake_in)
        self._loops = Loops()
        self._moved = asyncio.Event()
        self._ready: set[tuple[str, str]] = set()
        self._acts: dict[Step, Callable[[RowMapping, Seen], Awaitable[float | None]]] = {
            Step.REST: self._rest,
            Step.WAIT: self._wait,
            Step.CANCEL: self._cancel,
            Step.START_SERVER: self._start_server,
            Step.RUN: self._run,
            Step.STOP_SERVER: self._stop_server,
            Step.END_SANDBOX: self._end_sandbox,
            Step.CLOSE: self._close,
            Step.FAIL: self._fail,
            Step.DELETE: self._delete,
        }

    async def start(self) -> None:
        """Find everything again, then follow what changes."""
        self.queue.open()
        undo = [
            self.store.subscribe(progress.ENVIRONMENTS_TOPIC, self._moved.set),
            self.store.follow(progress.LOOK_TOPIC, self._on_look),
            self.backend.subscribe(self._on_sight),
        ]
        self._moved.set()
        self._loops.begin(self._follow, self._resync, self._clear, undo=undo)

    async def stop(self) -> None:
        """End everything under way."""
        await self._loops.end()
        await self.followers.close()
        await self.queue.close()

    def _on_look(self, environment_id: str) -> None:
        if environment_id:
            self.queue.wake(environment_id)

    def _on_sight(self, holder: str) -> None:
        if of_kind(holder, "environment"):
            self.queue.wake(holder)

    async def _follow(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self._wake(_moving)

    async def _resync(self) -> None:
        while True:
            await self.survey()
            await asyncio.sleep(RESYNC)

    async def survey(self) -> None:
        """Look at all that live; the hub is asked once which servers are ready, not for each of those at rest."""
        try:
            self._ready = await self.hub.ready_servers()
        except (Unavailable, HubRefused):
            self._ready = set()
        await self._wake(_all_alive)

    async def _clear(self) -> None:
        """Look at those at rest that have a sandbox, too: an earlier life may have died before it took it away."""
        while True:
            try:
                held = await self.backend.holders()
                break
            except Exception as error:  # the top of the loop: said, and tried again
                log.warning("What runs cannot be seen yet: %s", error, exc_info=not isinstance(error, BackendAway))
                await asyncio.sleep(RESYNC)
        await self._wake(lambda: t.environments.c.id.in_(held))

    async def _wake(self, condition: Callable[[], Any]) -> None:
        rows = t.environments
        query = select(rows.c.id).where(rows.c.deleted_at.is_(None), condition())
        try:
            for found in await self.store.read(lambda tx: list(tx.scalars(query))):
                self.queue.wake(found)
        except Exception:  # the top of the loop: said, and tried again by the next one
            log.warning("The environments to look at could not be read", exc_info=True)

    async def reconcile(self, environment_id: str) -> float | None:
        """Take the next step of one environment; seconds until the next look, None until it is woken."""
        row, run = await self.store.read(lambda tx: _read(tx, environment_id))
        if row is None:
            return None
        seen = await self._look(row, run)
        if row["run_id"] is None and seen.sandbox.allocated_at is not None and row["state"] in HOLDING_ENVIRONMENT:
            return await self._allocated(row, seen.sandbox.allocated_at)
        step = environments.next_step(EnvironmentState(row["state"]), Target(row["target"]), seen)
        if step not in (Step.REST, Step.WAIT):
            log.info("%s: %s, wished %s: %s", environment_id, row["state"], row["target"], step)
        return await self._acts[step](row, seen)

    async def _look(self, row: RowMapping, run: RowMapping | None) -> Seen:
        # The hub first: a server that is ready has a sandbox, so what is not seen after that is not there.
        queued = row["state"] == EnvironmentState.QUEUED
        server = Server.ABSENT if queued else await self._server(row)
        since = _since(row, run)
        sandbox = (await self.backend.observe(row["id"])).since(since)
        if server != Server.ABSENT or row["state"] != EnvironmentState.STARTING:
            return Seen(server, sandbox)
        # What was started and is not there has failed: the hub's stream is about to say why.
        following = self.followers.following(row["id"])
        return Seen(Server.STARTING if following else server, sandbox, self.followers.refusal(row["id"]))

    async def _allocated(self, row: RowMapping, at: float) -> float | None:
        """On a cluster it costs from here on: its pod is on a node."""

        def write(tx: Connection, now: datetime) -> None:
            self.admission.allocated(tx, row, at, now)

        return await self._write(row, write)

    async def _server(self, row: RowMapping) -> Server:
        key = (row["owner"], row["id"])
        if row["state"] == EnvironmentState.RUNNING and key in self._ready:
            # Good for one look: what runs by the hub's word is judged by its sandbox anyway.
            self._ready.discard(key)
            return Server.READY
        try:
            model = await self.hub.server(row["owner"], row["id"])
        except (Unavailable, HubRefused):
            return Server.UNKNOWN
        return server_of(model)

    async def _rest(self, row: RowMapping, seen: Seen) -> float | None:
        if row["state"] == EnvironmentState.RUNNING:
            await self._sight(row, seen)
        elif seen.sandbox.state == Presence.ENDED:
            # Its temporary storage ends with it (ENV-2).
            await self.backend.remove(row["id"])
        return None

    async def _sight(self, row: RowMapping, seen: Seen) -> None:
        """It lives, as was seen last: until then it is charged."""
        health = "healthy" if seen.server == Server.READY else "unknown"

        def write(tx: Connection) -> None:
            at = progress.moment(seen.sandbox.last_seen) or datetime.now(UTC)
            self.admission.runs.sight(tx, row["run_id"], at)
            if row["health"] != health and _still(tx, row):
                progress.change_environment(tx, row["id"], health=health)

        await self.store.write(write)

    async def _wait(self, row: RowMapping, seen: Seen) -> float | None:
        if row["state"] == EnvironmentState.QUEUED:
            return None
        if seen.server == Server.STARTING:
            self.followers.follow(row["owner"], row["id"])
        if seen.sandbox.state == Presence.COMING and row["state"] == EnvironmentState.STARTING:
            await self._advance(row, seen)
        return RESYNC if seen.server == Server.STARTING else LOOK_AGAIN

    async def _advance(self, row: RowMapping, seen: Seen) -> None:
        """Show how far a pod that comes has got, and what keeps it."""
        stage = steps.of_stage(seen.sandbox.stage)
        failure = seen.sandbox.failure
        why = progress.why(None) if failure is None else progress.why(failure.reason, str(failure.detail))

        def write(tx: Connection, now: datetime) -> None:
            self.admission.runs.sight(tx, row["run_id"], progress.moment(seen.sandbox.last_seen) or now)
            values = {"steps": steps.reach(row["steps"], stage, now.isoformat()), **why}
            if any(row[key] != value for key, value in values.items()):
                progress.change_environment(tx, row["id"], **values)

        await self._write(row, write)

    async def _cancel(self, row: RowMapping, seen: Seen) -> float | None:
        return await self._write(row, lambda tx, now: self._cancelled(tx, row, now))

    def _cancelled(self, tx: Connection, row: RowMapping, now: datetime) -> None:
        why = progress.why(Reason.USER_STOPPED)
        progress.move_environment(tx, row["id"], EnvironmentState.STOPPED, now, **why)
        self.admission.admit(tx, now)

    async def _start_server(self, row: RowMapping, seen: Seen) -> float | None:
        refused = self.followers.refusal(row["id"]) is not None
        self.followers.forget(row["id"])
        if row["state"] == EnvironmentState.RUNNING:
            await self._sight(row, seen)
            if refused:
                # It runs on all the same: who lost their account at the hub, say, has to sign in there first.
                return RESYNC
        # The spawner makes what is writable inside; this one is ours to write and must be there to be bound in.
        snapshots = self.backend.store / "environments" / row["id"] / "snapshots"
        await asyncio.to_thread(snapshots.mkdir, parents=True, exist_ok=True)
        if self.backend.cluster is not None:
            # There nobody else does: a pod finds what the store has, and makes no folder of it.
            index, folders = await self.store.read(lambda tx: _writable(tx, row))
            await self.backend.prepare(index, folders)
        try:
            await self.hub.start_server(row["owner"], row["id"], row["name"])
        except HubRefused as refused:
            if refused.status in TRY_LATER:
                raise
            if await self._server(row) == Server.ABSENT:
                self.followers.refuse(row["id"], refused.text)
                return 0.0
        self.followers.follow(row["owner"], row["id"])
        return 0.0

    async def _run(self, row: RowMapping, seen: Seen) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            reached = steps.finish(row["steps"], now.isoformat())
            values = {"started_at": now, "steps": reached, "health": "healthy"}
            progress.move_environment(tx, row["id"], EnvironmentState.RUNNING, now, **values)

        return await self._write(row, write)

    async def _stop_server(self, row: RowMapping, seen: Seen) -> float | None:
        await self.hub.stop_server(row["owner"], row["id"])
        return LOOK_AGAIN

    async def _end_sandbox(self, row: RowMapping, seen: Seen) -> float | None:
        await self.backend.stop(row["id"], STOP_GRACE_SECONDS)
        return 0.0

    async def _close(self, row: RowMapping, seen: Seen) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            self._end_run(tx, row, seen.sandbox, now)
            if row["target"] == Target.RUNNING:
                queue(tx, row, now)
            else:
                why = {key: row[key] for key in ("reason", "reason_detail")}
                if why["reason"] is None:
                    why = progress.why(Reason.USER_STOPPED)
                progress.move_environment(tx, row["id"], EnvironmentState.STOPPED, now, health=None, **why)
            self.admission.admit(tx, now)

        return await self._write(row, write)

    async def _fail(self, row: RowMapping, seen: Seen) -> float | None:
        reason, detail = environments.why_failed(seen)

        def write(tx: Connection, now: datetime) -> None:
            self._end_run(tx, row, seen.sandbox, now)
            values = {"target": Target.STOPPED, "health": None, **progress.why(reason, str(detail))}
            values["steps"] = steps.fail(row["steps"], now.isoformat())
            progress.move_environment(tx, row["id"], EnvironmentState.FAILED, now, **values)
            self.admission.admit(tx, now)

        await self._write(row, write)
        # What was said belongs to this start, never to the next.
        self.followers.forget(row["id"])
        return 0.0

    async def _delete(self, row: RowMapping, seen: Seen) -> float | None:
        if not await self.legacy.keep(row["id"]):
            return LOOK_AGAIN
        await self.backend.remove(row["id"])
        try:
            await self.hub.remove_server(row["owner"], row["id"])
        except HubRefused as refused:
            log.warning("%s: the hub keeps its name: %s", row["id"], refused)

        def write(tx: Connection, now: datetime) -> None:
            progress.change_environment(tx, row["id"], deleted_at=now)
            progress.announce_environment(tx, row["id"], "deleted")

        return await self._write(row, write)

    def _end_run(self, tx: Connection, row: RowMapping, sandbox: Observation, now: datetime) -> None:
        # Absent after it was alive: nobody saw its end, so it is charged to its last sight.
        known = sandbox.ended_at or sandbox.last_seen
        never = row["started_at"] is None
        end = progress.moment(known) if known else now if never else None
        self.admission.runs.close(tx, row["run_id"], end)

    async def _write(self, row: RowMapping, change: Callable[[Connection, datetime], None]) -> float | None:
        """Make a change if the row is still as it was looked at; then look again at once."""

        def write(tx: Connection) -> None:
            if _still(tx, row):
                change(tx, datetime.now(UTC))

        await self.store.write(write)
        return 0.0


def server_of(model: dict[str, Any] | None) -> Server:
    """A named server as the hub's model tells it."""
    if model is None:
        return Server.ABSENT
    if model.get("pending") == "stop":
        return Server.STOPPING
    if model.get("pending"):
        return Server.STARTING
    return Server.READY if model.get("ready") else Server.ABSENT


def _read(tx: Connection, environment_id: str) -> tuple[RowMapping | None, RowMapping | None]:
    row = progress.environment(tx, environment_id)
    return row, None if row is None else run_rows.find(tx, row["run_id"])


def _still(tx: Connection, row: RowMapping) -> bool:
    now = progress.environment(tx, row["id"])
    return now is not None and all(now[key] == row[key] for key in ("state", "target", "run_id"))


def _writable(tx: Connection, row: RowMapping) -> tuple[int, tuple[str, ...]]:
    """The number of its workspace, and the folders of the store that it writes."""
    index = tx.scalar(select(t.workspaces.c.number).where(t.workspaces.c.id == row["workspace_id"]))
    return int(index or 0), tuple(bind.source for bind in binds_of(row, []) if not bind.read_only)


def _since(row: RowMapping, run: RowMapping | None) -> float | None:
    """When what is seen of it must have begun at the earliest, to be of this life of it."""
    if row["state"] in ENVIRONMENT_IDLE or row["started_at"] is not None:
        # What was seen to run in this life has taken the place of any earlier one, whatever the clocks said.
        return None
    if run is not None:
        return float(run["started_at"].timestamp())
    # On a cluster the run opens with the pod: one that ended before the admission was of an earlier life.
    admitted: datetime = row["state_since"]
    return admitted.timestamp() if row["state"] == EnvironmentState.STARTING else None


def _moving() -> Any:
    rows = t.environments
    idle = rows.c.state.in_(list(ENVIRONMENT_IDLE))
    return or_(
        rows.c.state.in_([EnvironmentState.STARTING, EnvironmentState.STOPPING]),
        and_(~idle, rows.c.target != Target.RUNNING),
        and_(idle, rows.c.target == Target.DELETED),
    )


def _all_alive() -> Any:
    rows = t.environments
    return or_(_moving(), ~rows.c.state.in_(list(ENVIRONMENT_IDLE)))
